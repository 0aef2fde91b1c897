// SPDX-License-Identifier: Apache-2.0
// How a denial or an error is worded for an agent. Floor: frontend. Pure: text in, text out.
//
// Each text is acted on in one read: what happened to what, that nothing was done, and the next step. It never names
// a way for the agent to answer for the human, nor another way to do the thing. Every byte from outside is escaped;
// a command in a hint, run through sh, is the argv it stands for.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/gate/decide.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::frontend {

/// How a program names itself and what it does: {"safe-rm", "rm", "removed", "remove it"}.
struct Tool {
  std::string_view program;  // prefix of every line
  std::string_view verb;     // "has no grant to rm '…'"
  std::string_view done;     // "nothing was removed"
  std::string_view undertake;  // "do not remove it by other means"
  std::string_view package = {};  // where the real command is to be had from, if it may well be lacking
};

/// Lines, each ending in a newline, for standard error.
[[nodiscard]] std::string refusal_text(const Tool& tool, const gate::Refusal& refusal, base::UnixTime now);

/// Said when a request was filed or joined, before waiting.
[[nodiscard]] std::string asked_text(const Tool& tool, const vault::Request& request, vault::Filing filing,
                                     base::Seconds wait);

/// Who has been told of a request, beside the agent that asked: "nobody was notified", where a person who looks finds it; "sent to
/// ntfy, phone; slack failed".
[[nodiscard]] std::string who_was_told(const vault::Request& request);
/// The same with what the agent does about it: "nobody was notified: say to the person you work for that request
/// e8ad2043 waits".
[[nodiscard]] std::string telling_hint(const vault::Request& request);
/// The line for who waits, once somebody was told: "safe-rm: sent to ntfy".
[[nodiscard]] std::string told_text(const Tool& tool, const vault::Request& request);

/// PVM could not decide, or the command could not be started.
[[nodiscard]] std::string error_text(const Tool& tool, const base::Error& error);

/// The command was started, and then something went wrong: "safe-rm: how the command ended cannot be told: …".
[[nodiscard]] std::string trouble_text(const Tool& tool, std::string_view trouble);

/// "PVM_WAIT=90 PVM_REASON='<why>' rm -rf build"
[[nodiscard]] std::string asking_command(const model::Invocation& invocation);

/// "'/srv/app/build' (directory, 1204 files, 83 MiB)"; kind and size as far as they are known.
[[nodiscard]] std::string describe(const model::Resource& resource, const vault::Wish& wish);
/// The same for each of `resources`, in their order; the wish's manifest is read once.
[[nodiscard]] std::vector<std::string> describe_all(std::span<const model::Resource> resources, const vault::Wish& wish);

}  // namespace pvm::frontend
