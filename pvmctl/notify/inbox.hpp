// SPDX-License-Identifier: Apache-2.0
// Answers that are fetched and not delivered, so that no port need be open: Telegram's by long polling, mail's from a mailbox.
//
// A mailbox should be for this alone: what is fetched there is marked as seen, whoever sent it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "pvmctl/notify/callbacks/callback.hpp"
#include "pvmctl/notify/configuration.hpp"

namespace boost::asio {
class io_context;
}

namespace pvm::notify {

class Inbox {
 public:
  /// An answer of a channel, as read by callbacks/; the nonce and the secret are for the caller to judge.
  using Heard = std::function<void(const std::string& channel, const Answered& answered)>;
  /// What went wrong, fit to be shown; it is tried again later.
  using Trouble = std::function<void(const std::string& channel, const std::string& why)>;

  struct Pace {
    std::chrono::milliseconds second{1000};  // of waiting after trouble: 1, 2, 4 … 64 of them
    std::chrono::milliseconds mail{20000};   // between two looks into a mailbox
    int long_poll_seconds = 25;
  };

  /// Begins at once, for each channel that polls or has a mailbox, while `context` runs. `context` must outlive it.
  Inbox(boost::asio::io_context& context, const Configuration& configuration, Heard heard, Trouble trouble, Pace pace);
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;
  ~Inbox();

 private:
  class Engine;
  std::shared_ptr<Engine> engine_;
};

}  // namespace pvm::notify
