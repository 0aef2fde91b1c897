// SPDX-License-Identifier: Apache-2.0
// What the verbs about an agent's own requests share.
#pragma once

#include <string>
#include <string_view>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/vault/vault.hpp"
#include "pvmctl/cli.hpp"

namespace pvm::pvmctl {

inline constexpr const char* k_default_wait = "90";
/// What an agent does where the site is unattended.
inline constexpr std::string_view k_nobody_to_ask =
    "this is final here: go on without it, and do not do it by other means";

/// The one request of the context's agent whose id starts with `prefix`. Another agent's is as if it were not
/// there. Errors: usage (no id; there is no such request; more than one, naming only the agent's own); as the
/// vault's.
[[nodiscard]] base::Result<vault::Request> find_own_request(Context& context, const std::string& prefix);

/// "0", "90" or "2m": at most 24 h. Errors: usage, naming `option`.
[[nodiscard]] base::Result<base::Seconds> parse_wait(const std::string& text, const std::string& option);

/// What became of a request, with the exit status that says so: done for approved, pending, else refused.
[[nodiscard]] Reply answer_reply(const vault::Request& request, base::UnixTime now);

/// What an agent does with a request as it stands.
[[nodiscard]] std::string next_step_of(const vault::Request& request);

// Parts of add_request_verbs.
void add_wait_verb(CLI::App& app, Program& program);
void add_status_verb(CLI::App& app, Program& program);
void add_cancel_verb(CLI::App& app, Program& program);
void add_check_verb(CLI::App& app, Program& program);

}  // namespace pvm::pvmctl
