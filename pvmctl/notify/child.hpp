// SPDX-License-Identifier: Apache-2.0
// Programs that channels start. Each leads a process group of its own, gets the environment it is given and no descriptor of
// ours, and is killed with its whole group when its time is over.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/system/environment.hpp"
#include "pvmctl/notify/errand.hpp"

namespace boost::asio {
class io_context;
}

namespace pvm::notify {

/// PATH=/usr/bin:/bin and, of `environment`, HOME, LANG, LC_*, and what a desktop and a password store are found by.
[[nodiscard]] std::vector<std::string> environment_for_children(const system::Environment& environment);

/// Starts `job` and, out of `context`, calls `done` once: with its exit status (128 + N where signal N ended it) and the first
/// 64 KiB of its output, or with trouble (it cannot be run; it took longer than `limit`). Its standard error goes nowhere.
void run_job(boost::asio::io_context& context, const Job& job, const std::vector<std::string>& environment,
             std::chrono::milliseconds limit, std::function<void(Answer)> done);

/// What `sh -c COMMAND` prints. For Sources. Errors: cannot_execute (also for a status that is not 0); limit, after 15 s.
[[nodiscard]] base::Result<std::string> run_for_secret(const std::string& command, const std::vector<std::string>& environment);

}  // namespace pvm::notify
