// SPDX-License-Identifier: Apache-2.0
// Tells every channel of a request, tries again where that failed, and changes what was sent once it is decided. One thread: all
// of it happens while `context` runs, and `Told` is called from there.
//
// Each channel goes its own way: one that is dead delays no other. What was not told is in the attempts, and nowhere else.
// The process must outlive SIGPIPE (system::outlive): libcurl's TLS writes to connections that others end.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "libpvm/base/time.hpp"
#include "libpvm/system/environment.hpp"
#include "pvmctl/notify/configuration.hpp"
#include "pvmctl/notify/message.hpp"

namespace boost::asio {
class io_context;
}

namespace pvm::notify {

/// Tests go faster: how long a second of waiting between attempts takes, and how long one attempt may take.
struct Pace {
  std::chrono::milliseconds second{1000};
  std::chrono::milliseconds limit{15000};
};

class Deliverer {
 public:
  /// Called for each attempt; for a message that stands for several, once for each of them.
  using Told = std::function<void(const Attempt&)>;

  /// `context` and `clock` must outlive it; `environment` is what programs are started in.
  Deliverer(boost::asio::io_context& context, Configuration configuration, const base::Clock& clock,
            const system::Environment& environment, Pace pace = {});
  Deliverer(const Deliverer&) = delete;
  Deliverer& operator=(const Deliverer&) = delete;
  /// Ends what is under way; nothing is called any more.
  ~Deliverer();

  [[nodiscard]] const Configuration& configuration() const;

  /// Tells every channel; where an agent asks too much, later and in one message (batcher.hpp). Nothing happens after `drain`.
  void send(const Message& message, Told told);
  /// Tells one channel, at once. False: there is none of that name.
  [[nodiscard]] bool send_to(const std::string& channel, const Message& message, Told told);
  /// Puts `verdict` in the place of what `handle` names. Nothing happens where the channel cannot change what it sent.
  void edit(const std::string& channel, const std::string& handle, const Message& message, const Verdict& verdict, Told told);
  /// Sends what is held back, takes nothing new, and calls `done` when nothing is under way any more.
  void drain(std::function<void()> done);

 private:
  class Engine;
  std::shared_ptr<Engine> engine_;
};

}  // namespace pvm::notify
