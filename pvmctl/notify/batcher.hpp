// SPDX-License-Identifier: Apache-2.0
// More than three requests of one agent in ten seconds become one message: the first three are passed on at once, what follows
// them is gathered until ten seconds after the first that was held back. Pure: the time is passed in.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libpvm/base/time.hpp"
#include "pvmctl/notify/message.hpp"

namespace pvm::notify {

class Batcher {
 public:
  static constexpr std::size_t k_at_once = 3;
  static constexpr base::Seconds k_window{10};

  /// Whether `message` goes out now; else it is held, and `due` gives it.
  [[nodiscard]] bool passes(const Message& message, base::UnixTime now);
  /// What is to go out now: of each agent one message, which stands for all that were held. Where that is more than one it
  /// has no buttons (each would answer a single request), and ends when the first of them does.
  [[nodiscard]] std::vector<Message> due(base::UnixTime now);
  /// When `due` next has something; nullopt: nothing is held.
  [[nodiscard]] std::optional<base::UnixTime> next_due() const;
  /// All that is held, whenever it is due.
  [[nodiscard]] std::vector<Message> flush();

 private:
  struct Agent {
    std::deque<base::UnixTime> recent;  // when its last requests came, at most k_at_once of them
    std::optional<Message> held;
    base::UnixTime due{};
  };

  void forget_idle(base::UnixTime now);

  std::map<std::string, Agent> agents_;
};

}  // namespace pvm::notify
