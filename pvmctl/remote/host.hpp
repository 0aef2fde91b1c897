// SPDX-License-Identifier: Apache-2.0
// pvmctl on another machine, by ssh. What comes back is whatever that machine wants to send.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"
#include "pvmctl/context.hpp"
#include "pvmctl/reply.hpp"

namespace pvm::pvmctl::remote {

/// An ssh destination: "alice@build", "ssh://build:2222", a name of the person's ssh_config. Errors: usage, for what ssh
/// could take for an option, and for control bytes and spaces.
[[nodiscard]] base::Result<void> check_destination(const std::string& destination);

/// What a command said, as it was sent: not fit to be shown.
struct Said {
  int status = 0;
  std::string output;
  std::string errors;
};

/// Runs `pvmctl WORDS` there, with `input` on its standard input. ssh may ask for a passphrase at the terminal; it
/// forwards no ssh-agent and no port, whatever ssh_config says, and gives up after 15 s where nobody answers.
/// Errors: usage (the destination); missing (no ssh); io: not reached (ssh's 255), no pvmctl there (127), ssh killed,
/// more output than a person would read. Each names the destination and the next step.
[[nodiscard]] base::Result<Said> run_there(Context& context, const std::string& destination,
                                           const std::vector<std::string>& words, std::string_view input = {});

/// `text` line by line, fit for a terminal; each line after `before`. At most `most` lines, then how many more.
[[nodiscard]] std::string shown_lines(std::string_view text, std::string_view before = {}, std::size_t most = SIZE_MAX);

/// A JSON object. Errors: malformed, also where it is nested deeper than anything of ours.
[[nodiscard]] base::Result<Json> parse_object(std::string_view text);

/// What another machine's pvmctl said of itself, in hints: "pvmctl approve 5ab2" as "pvmctl --host HOST approve 5ab2".
[[nodiscard]] std::string with_host(std::string text, const std::string& destination);

/// pending, show, deny, revoke: runs them there and passes on what they say. `words`: the verb and what follows it.
[[nodiscard]] base::Result<Reply> relay(Context& context, const std::string& destination,
                                        const std::vector<std::string>& words, Format format);

}  // namespace pvm::pvmctl::remote
