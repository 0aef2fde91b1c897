// SPDX-License-Identifier: Apache-2.0
// How a wish and a request are shown, to people and to programs.
#pragma once

#include <string>
#include <vector>

#include "libpvm/base/time.hpp"
#include "libpvm/vault/vault.hpp"
#include "pvmctl/reply.hpp"
#include "pvmctl/ui/table.hpp"

namespace pvm::pvmctl {

/// The command as sh would read it; empty where scopes are wished.
[[nodiscard]] std::string command_text(const vault::Wish& wish);

/// agent, action, command (null for scopes), cwd, resources, scopes, may, effect.
[[nodiscard]] Json wish_json(const vault::Wish& wish);
/// All of the above with id, state, reason, note, the times (ISO) and what it refers to. Absent things are
/// null.
[[nodiscard]] Json request_json(const vault::Request& request);

/// What is wished in one line: "rm '/srv/app/build' (directory, 1204 files, 83 MiB)", "rm within
/// '/srv/app/'"; where there are several things, the first and how many more.
[[nodiscard]] std::string wish_line(const vault::Wish& wish);
/// A request in full, several lines.
[[nodiscard]] std::string request_text(const vault::Request& request, base::UnixTime now);
/// Requests as a table: id, state, how long ago, what.
[[nodiscard]] std::string requests_table(const std::vector<vault::Request>& requests, base::UnixTime now,
                                         std::size_t width = ui::page_width());

}  // namespace pvm::pvmctl
