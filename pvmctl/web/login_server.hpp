// SPDX-License-Identifier: Apache-2.0
// The server's end of approval/login_door.hpp: takes signed logins from processes of our own user.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "pvmctl/approval/login.hpp"
#include "pvmctl/web/sessions.hpp"

namespace boost::asio {
class io_context;
class thread_pool;
}

namespace pvm::pvmctl::web {

/// Judges a statement and its signature, in the worker's thread: approval::verify_login with those who are trusted now.
using JudgeLogin = std::function<base::Result<approval::Login>(const std::string& statement, const std::string& signature)>;

class LoginServer {
 public:
  /// Everything but `judge` outlives it.
  struct Parts {
    boost::asio::io_context& network;
    boost::asio::thread_pool& worker;
    Sessions& sessions;
    const base::Clock& clock;
    JudgeLogin judge;
    std::string hello;  // the first line, without its line feed
  };
  /// Makes the socket at `path`, in place of one that is there. REQUIRES: nobody serves there. Errors: usage (the path is
  /// too long), io.
  [[nodiscard]] static base::Result<std::unique_ptr<LoginServer>> open(Parts parts, const std::string& path);
  LoginServer(const LoginServer&) = delete;
  LoginServer& operator=(const LoginServer&) = delete;
  ~LoginServer();

  void start();
  /// Takes no further login, and removes the socket.
  void stop();

 private:
  class Body;
  explicit LoginServer(std::shared_ptr<Body> body);
  std::shared_ptr<Body> body_;
};

}  // namespace pvm::pvmctl::web
