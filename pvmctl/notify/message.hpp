// SPDX-License-Identifier: Apache-2.0
// What people are told of a request, before any service's own form.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "libpvm/base/time.hpp"

namespace pvm::notify {

/// One-time secrets that answer one request: 16 to 40 letters, digits, '-' and '_'. They go to approvers alone.
struct Buttons {
  std::string approve_once;
  std::string approve_30m;
  std::string deny;
};

/// Three that nobody can guess (144 bits each). To be stored only hashed.
[[nodiscard]] Buttons make_buttons();

/// The texts are raw bytes, perhaps hostile; whoever shows them escapes them.
struct Message {
  std::string request;  // its id, as hexadecimal digits
  std::string agent;
  std::string action;
  std::string effect;  // in one line
  std::string reason;  // the agent's own words; may be empty
  base::UnixTime expires{};
  std::string door;  // the address of the page that answers it; holds no secret; may be empty
  std::optional<Buttons> buttons = std::nullopt;
  std::size_t more = 0;  // how many requests of this agent it stands for besides
};

/// What became of a request, to be put in place of the buttons of a message that was sent.
struct Verdict {
  std::string words;  // such as "approved once by alice"; our own, but for names
  base::UnixTime time{};
};

enum class Outcome { sent, failed, will_retry };

/// One try to tell one channel.
struct Attempt {
  std::string channel;  // its name in the configuration
  int attempt = 1;
  Outcome outcome = Outcome::failed;
  std::string why;  // of what failed; fit to be shown and logged: no secret, no address that holds one
  base::UnixTime time{};
  std::string handle;  // of what was sent: what `edit` needs; empty: it cannot be edited
};

}  // namespace pvm::notify
