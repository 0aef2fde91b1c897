// SPDX-License-Identifier: Apache-2.0
// A server on loopback, in the test's own thread: it keeps what it was sent and answers as it is told.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pvm::notify::test {

class Peer {
 public:
  /// What to answer request number `count` (from 1); empty: nothing, ever.
  using Script = std::function<std::string(int count)>;

  Peer(boost::asio::io_context& context, Script script)
      : acceptor_(context, {boost::asio::ip::address_v4::loopback(), 0}), script_(std::move(script)) {
    accept();
  }

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }

  /// Each request, head and body.
  std::vector<std::string> requests;

 private:
  struct Connection : std::enable_shared_from_this<Connection> {
    Connection(boost::asio::ip::tcp::socket from, Peer& of) : socket(std::move(from)), peer(of) {}

    void read() {
      socket.async_read_some(boost::asio::buffer(piece), [self = shared_from_this()](const auto& failed, std::size_t size) {
        if (failed) return;
        self->request.append(self->piece.data(), size);
        self->is_whole() ? self->answer() : self->read();
      });
    }
    [[nodiscard]] bool is_whole() const {
      const auto head = request.find("\r\n\r\n");
      if (head == std::string::npos) return false;
      const auto at = request.find("Content-Length: ");
      const std::size_t body = at < head ? std::stoul(request.substr(at + 16)) : 0;
      return request.size() >= head + 4 + body;
    }
    void answer() {
      peer.requests.push_back(request);
      reply = peer.script_(static_cast<int>(peer.requests.size()));
      if (reply.empty()) {
        peer.silent_.push_back(shared_from_this());  // holds the connection open
        return;
      }
      boost::asio::async_write(socket, boost::asio::buffer(reply), [self = shared_from_this()](const auto&, std::size_t) {});
    }

    boost::asio::ip::tcp::socket socket;
    Peer& peer;
    std::array<char, 4096> piece{};
    std::string request;
    std::string reply;
  };

  void accept() {
    acceptor_.async_accept([this](const auto& failed, boost::asio::ip::tcp::socket socket) {
      if (failed) return;
      std::make_shared<Connection>(std::move(socket), *this)->read();
      accept();
    });
  }

  boost::asio::ip::tcp::acceptor acceptor_;
  Script script_;
  std::vector<std::shared_ptr<Connection>> silent_;
};

/// An HTTP answer with this status line ("200 OK") and body, after which the connection ends.
inline std::string http(const std::string& status, const std::string& body = {}, const std::string& headers = {}) {
  return "HTTP/1.1 " + status + "\r\nConnection: close\r\n" + headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace pvm::notify::test
