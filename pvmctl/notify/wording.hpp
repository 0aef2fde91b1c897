// SPDX-License-Identifier: Apache-2.0
// What a person needs to decide, in lines; each service puts them into its own form. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "pvmctl/notify/message.hpp"

namespace pvm::notify {

/// How a service writes foreign bytes, of which it keeps so many (markup.hpp).
using Escape = std::string (*)(std::string_view bytes, std::size_t most);

/// How many bytes of each text a service has room for.
struct Room {
  std::size_t agent = 64;
  std::size_t effect = 400;
  std::size_t reason = 500;
};

struct Lines {
  std::string headline;  // "claude wants rm"
  std::string effect;
  std::string reason;   // "claude says: …", or that it gave none
  std::string life;     // until when it can be answered; with a verdict: what became of it
  std::string more;     // empty, or that there are others
  std::string door;     // empty where the message has none, or one that is no plain link

  /// All of them but the headline, each that is not empty on a line of its own.
  [[nodiscard]] std::string body() const;
};

/// `verdict` may be null.
[[nodiscard]] Lines lines_of(const Message& message, base::UnixTime now, const Verdict* verdict, Escape escape, const Room& room);

/// The words that answer by text: "approve CODE" and the like, one a line. REQUIRES: message.buttons.
[[nodiscard]] std::string answer_words(const Message& message);

}  // namespace pvm::notify
