// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 over TCP, with or without TLS: carries requests to the front and its answers back. One thread runs the network;
// what takes its time runs in another (Later).
//
// What strangers can take is bounded. A request, from its first awaited byte to the end of its body, has k_request_time; a
// head has k_head_max_bytes and a body k_body_max_bytes. Connections are taken at any time: where there are as many as may
// be, or no descriptor is left, the oldest one of somebody who is not logged in is closed for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "pvmctl/web/events.hpp"
#include "pvmctl/web/front.hpp"
#include "pvmctl/web/metrics.hpp"
#include "pvmctl/web/sessions.hpp"

namespace boost::asio {
class io_context;
class thread_pool;
}

namespace pvm::pvmctl::web {

inline constexpr std::chrono::seconds k_request_time{15};  // also for sending an answer
inline constexpr std::chrono::seconds k_known_idle{60};    // of somebody who is logged in
inline constexpr std::chrono::seconds k_heartbeat{15};     // of event streams
inline constexpr std::size_t k_most_later = 64;            // waiting for the other thread

struct Tls {
  std::string certificate;  // PEM, the whole chain
  std::string key;          // PEM; readable by its owner alone
};

struct Listening {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8765;  // 0: any that is free
  std::optional<Tls> tls = {};
  std::size_t most_connections = 1000;
};

class Server {
 public:
  /// Everything it uses is passed in and outlives both it and the network, but for the worker. Errors of `open`: usage (no address), conflict (the port is taken),
  /// unsafe (a key that others can read), malformed (certificate or key), io.
  struct Parts {
    boost::asio::io_context& network;
    boost::asio::thread_pool& worker;  // of one thread
    Sessions& sessions;
    const Events& events;
    Metrics& metrics;
    const base::Clock& clock;
  };
  [[nodiscard]] static base::Result<std::unique_ptr<Server>> open(Parts parts, const Listening& listening);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  [[nodiscard]] std::uint16_t port() const;
  /// Takes connections from now on; `front` outlives it.
  void start(Front& front);
  /// Events were taken in, or sessions closed: whoever listens is to look.
  void tell();
  /// Takes no further connection, ends the streams and what is idle, and lets the rest finish.
  void stop();

 private:
  class Body;
  explicit Server(std::shared_ptr<Body> body);
  std::shared_ptr<Body> body_;  // lives on in what the network has not finished
};

}  // namespace pvm::pvmctl::web
