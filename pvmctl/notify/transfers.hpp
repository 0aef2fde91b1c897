// SPDX-License-Identifier: Apache-2.0
// HTTP and mail, many at a time in one thread: libcurl's multi interface, driven by Boost.Asio.
//
// A server must prove who it is (never to be switched off; TLS 1.2 or newer); mail goes over TLS or not at all; no redirect is
// followed; connecting takes at most 5 s; an answer has at most 64 KiB.
#pragma once

#include <functional>
#include <memory>

#include "pvmctl/notify/errand.hpp"

namespace boost::asio {
class io_context;
}

namespace pvm::notify {

class Transfers {
 public:
  explicit Transfers(boost::asio::io_context& context);
  Transfers(const Transfers&) = delete;
  Transfers& operator=(const Transfers&) = delete;
  /// What is under way is dropped; its `done` is not called.
  ~Transfers();

  /// Calls `done` once, out of the context's run, never from here.
  void start(Transfer transfer, std::function<void(Answer)> done);

 private:
  class Engine;
  std::shared_ptr<Engine> engine_;
};

}  // namespace pvm::notify
