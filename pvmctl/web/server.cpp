// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/web/server.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <set>

#include "libpvm/base/text.hpp"
#include "pvmctl/web/beast_messages.hpp"
#include "pvmctl/web/links.hpp"
#include "pvmctl/web/tls_context.hpp"

namespace pvm::pvmctl::web {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using base::Code;
using base::fail;
using base::Result;
using boost::system::error_code;
using Plain = beast::tcp_stream;
using Secure = beast::ssl_stream<beast::tcp_stream>;

// Every operation gives an error code, and none throws.
constexpr auto k_await = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t k_read_bytes = 2048;
constexpr std::size_t k_most_drained = 256 * 1024;
constexpr std::chrono::seconds k_farewell{2};
constexpr std::chrono::milliseconds k_breath{20};

}  // namespace

class Server::Body : public std::enable_shared_from_this<Body> {
 public:
  Body(Parts parts, const Listening& listening, std::shared_ptr<asio::ssl::context> tls)
      : parts_(parts), most_(listening.most_connections), tls_(std::move(tls)), acceptor_(parts.network) {}

  Result<void> bind(const Listening& listening) {
    error_code error;
    const auto address = asio::ip::make_address(listening.address, error);
    if (error) return fail(Code::usage, base::quoted(listening.address, 128) + " is no address", "such as 127.0.0.1");
    const tcp::endpoint end(address, listening.port);
    acceptor_.open(end.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(end, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) return {};
    const bool is_taken = error == asio::error::address_in_use;
    return fail(is_taken ? Code::conflict : Code::io,
                "cannot listen at " + base::display(listening.address) + ":" + std::to_string(listening.port) + ": " + error.message(),
                is_taken ? "another program does; choose another with --listen" : "");
  }

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void start(Front& front) {
    front_ = &front;
    asio::co_spawn(parts_.network, [self = shared_from_this()] { return self->accept_all(); }, asio::detached);
  }

  void tell() {
    for (asio::steady_timer* listener : listeners_) listener->cancel();
  }

  void stop() {
    is_stopping_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    tell();
    links_.close_waiting();
  }

 private:
  bool make_room() {
    const bool is_made = links_.close_oldest_stranger();
    if (is_made) ++parts_.metrics.evicted;
    return is_made;
  }

  asio::awaitable<void> accept_all() {
    asio::steady_timer breath(parts_.network);
    while (!is_stopping_) {
      auto [error, socket] = co_await acceptor_.async_accept(k_await);
      if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) co_return;
      if (error) {
        // No descriptor, most likely: one that is closed makes room.
        const bool is_room_made = make_room();
        breath.expires_after(is_room_made ? std::chrono::milliseconds(0) : k_breath);
        static_cast<void>(co_await breath.async_wait(k_await));
        continue;
      }
      ++parts_.metrics.accepted;
      if (links_.count() >= most_ && !make_room()) continue;  // all are of people who are logged in
      take(std::move(socket));
    }
  }

  void take(tcp::socket socket) {
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    if (tls_) {
      begin(std::make_shared<Secure>(std::move(socket), *tls_));
    } else {
      begin(std::make_shared<Plain>(std::move(socket)));
    }
  }

  template <class Stream>
  void begin(std::shared_ptr<Stream> stream) {
    auto link = std::make_shared<Link>();
    link->close = [weak = std::weak_ptr<Stream>(stream)] {
      if (const auto there = weak.lock()) beast::get_lowest_layer(*there).close();
    };
    links_.add(link);
    ++parts_.metrics.connections;
    auto self = shared_from_this();
    asio::co_spawn(parts_.network, [self, stream, link] { return self->live(stream, link); }, asio::detached);
  }

  template <class Stream>
  asio::awaitable<void> live(std::shared_ptr<Stream> stream, std::shared_ptr<Link> link) {
    struct Ending {
      Body& body;
      Link* link;
      ~Ending() {
        --body.parts_.metrics.connections;
        body.links_.remove(link);
      }
    } ending{*this, link.get()};
    bool is_open = true;
    if constexpr (std::is_same_v<Stream, Secure>) {
      beast::get_lowest_layer(*stream).expires_after(k_request_time);
      auto [error] = co_await stream->async_handshake(asio::ssl::stream_base::server, k_await);
      is_open = !error;
    }
    error_code ignored;
    const auto end = beast::get_lowest_layer(*stream).socket().remote_endpoint(ignored);
    const std::string peer = end.address().to_string();
    beast::flat_buffer buffer(k_head_max_bytes + k_body_max_bytes + k_read_bytes);
    while (is_open && !is_stopping_) is_open = co_await serve_one(*stream, *link, buffer, peer);
    beast::get_lowest_layer(*stream).close();
  }

  /// One request; whether there may be another on the connection.
  template <class Stream>
  asio::awaitable<bool> serve_one(Stream& stream, Link& link, beast::flat_buffer& buffer, const std::string& peer) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(k_head_max_bytes);
    parser.body_limit(k_body_max_bytes);
    beast::get_lowest_layer(stream).expires_after(link.is_known ? k_known_idle : k_request_time);
    link.is_waiting = true;
    const Head head = co_await read_head(stream, buffer);
    error_code error = head.error;
    if (!error && !head.fault) error = co_await read_rest(stream, buffer, parser);
    link.is_waiting = false;
    if (head.fault) {
      co_await answer_and_leave(stream, *head.fault);
      co_return false;
    }
    if (error) {
      if (error == beast::error::timeout) ++parts_.metrics.timed_out;
      if (const auto answer = answer_to(error)) co_await answer_and_leave(stream, *answer);
      co_return false;
    }
    if (parser.get().version() != 11) {
      co_await answer_and_leave(stream, fault_answer(505, "HTTP/1.1 is what is spoken here"));
      co_return false;
    }
    const bool wants_more = parser.get().keep_alive();
    Front::Taken taken = front_->take(as_request(parser.release(), peer), std::chrono::steady_clock::now());
    link.is_known = link.is_known || taken.is_known;
    if (const auto* events = std::get_if<EventStream>(&taken.outcome)) {
      co_await send_events(stream, *events);
      co_return false;
    }
    Answer answer;
    if (auto* later = std::get_if<Later>(&taken.outcome)) {
      answer = co_await do_later(std::move(later->work));
    } else {
      answer = std::move(std::get<Answer>(taken.outcome));
    }
    if (answer.ends_connection) {
      co_await answer_and_leave(stream, answer);
      co_return false;
    }
    co_return co_await send(stream, answer, wants_more && !is_stopping_ ? Afterwards::kept : Afterwards::closed);
  }

  struct Head {
    error_code error;             // of the connection
    std::optional<Answer> fault;  // what the other end is told
  };

  /// Reads until a head is there whole, and looks at its bytes before any parser does.
  template <class Stream>
  asio::awaitable<Head> read_head(Stream& stream, beast::flat_buffer& buffer) {
    for (;;) {
      const std::string_view text(static_cast<const char*>(buffer.data().data()), buffer.size());
      const std::size_t end = text.find("\r\n\r\n");
      const std::string_view head = text.substr(0, end == std::string_view::npos ? end : end + 4);
      if (head.size() > k_head_max_bytes) co_return Head{{}, fault_answer(431, "the head is over 8 KiB")};
      const std::string_view fault = head_fault(head);
      if (!fault.empty()) co_return Head{{}, fault_answer(400, std::string(fault))};
      if (end != std::string_view::npos) co_return Head{};
      const auto room = buffer.prepare(k_read_bytes);
      auto [error, size] = co_await stream.async_read_some(room, k_await);
      if (error) co_return Head{error, std::nullopt};
      buffer.commit(size);
    }
  }

  template <class Stream>
  asio::awaitable<error_code> read_rest(Stream& stream, beast::flat_buffer& buffer, http::request_parser<http::string_body>& parser) {
    auto [error, size] = co_await http::async_read(stream, buffer, parser, k_await);
    static_cast<void>(size);
    co_return error;
  }

  asio::awaitable<Answer> do_later(std::function<Answer()> work) {
    if (later_ >= k_most_later) {
      Answer busy = error_answer({Code::busy, "too much is being looked at", "try again in a moment"});
      busy.headers.emplace_back("Retry-After", "1");
      co_return busy;
    }
    ++later_;
    auto in_worker = [](std::function<Answer()> what) -> asio::awaitable<Answer> { co_return what(); };
    auto [thrown, answer] = co_await asio::co_spawn(parts_.worker, in_worker(std::move(work)), k_await);
    --later_;
    if (thrown) co_return error_answer({Code::io, "this could not be done", "this is a fault of pvmctl serve"});
    co_return answer;
  }

  template <class Stream>
  asio::awaitable<bool> send(Stream& stream, const Answer& answer, Afterwards afterwards) {
    const std::size_t digit = answer.status / 100;
    if (digit < parts_.metrics.answers.size()) ++parts_.metrics.answers[digit];
    auto response = as_response(answer, afterwards);
    beast::get_lowest_layer(stream).expires_after(k_request_time);
    auto [error, size] = co_await http::async_write(stream, response, k_await);
    static_cast<void>(size);
    co_return !error && afterwards == Afterwards::kept;
  }

  /// What the other end still sends is read and dropped for a moment: closing over it would take the answer away from it.
  template <class Stream>
  asio::awaitable<void> answer_and_leave(Stream& stream, const Answer& answer) {
    static_cast<void>(co_await send(stream, answer, Afterwards::closed));
    error_code ignored;
    auto& lowest = beast::get_lowest_layer(stream);
    lowest.socket().shutdown(tcp::socket::shutdown_send, ignored);
    lowest.expires_after(k_farewell);
    std::array<char, 4096> dropped;
    for (std::size_t all = 0; all < k_most_drained;) {
      auto [error, size] = co_await lowest.async_read_some(asio::buffer(dropped), k_await);
      if (error) break;
      all += size;
    }
  }

  template <class Stream>
  asio::awaitable<bool> send_text(Stream& stream, const std::string& text) {
    beast::get_lowest_layer(stream).expires_after(k_request_time);
    auto [error, size] = co_await asio::async_write(stream, asio::buffer(text), k_await);
    static_cast<void>(size);
    beast::get_lowest_layer(stream).expires_never();
    co_return !error;
  }

  template <class Stream>
  asio::awaitable<void> send_events(Stream& stream, const EventStream& wanted) {
    asio::steady_timer timer(parts_.network);
    struct Listener {
      Body& body;
      asio::steady_timer* timer;
      Listener(Body& of, asio::steady_timer* by) : body(of), timer(by) {
        body.listeners_.insert(timer);
        ++body.parts_.metrics.streams;
      }
      Listener(const Listener&) = delete;
      Listener& operator=(const Listener&) = delete;
      ~Listener() {
        body.listeners_.erase(timer);
        --body.parts_.metrics.streams;
      }
    } const listening(*this, &timer);

    ++parts_.metrics.answers[2];
    std::uint64_t seen = wanted.after;
    const std::string head = stream_head();
    bool is_open = co_await send_text(stream, head);
    while (is_open && !is_stopping_ && parts_.sessions.is_open(wanted.session, parts_.clock.now())) {
      Events::Batch batch = parts_.events.after(seen);
      if (batch.text.empty()) {
        timer.expires_after(k_heartbeat);
        auto [woken] = co_await timer.async_wait(k_await);
        if (woken) continue;  // there is news
        batch.text = ":\n\n";
      }
      is_open = co_await send_text(stream, batch.text);
      seen = batch.last;
      parts_.metrics.events_sent += batch.text.size();
    }
  }

  Parts parts_;
  std::size_t most_;
  std::shared_ptr<asio::ssl::context> tls_;
  tcp::acceptor acceptor_;
  Front* front_ = nullptr;
  Links links_;
  std::set<asio::steady_timer*> listeners_;
  std::size_t later_ = 0;
  bool is_stopping_ = false;
};

Server::Server(std::shared_ptr<Body> body) : body_(std::move(body)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::open(Parts parts, const Listening& listening) {
  std::shared_ptr<asio::ssl::context> tls;
  if (listening.tls) {
    auto made = tls_context(*listening.tls);
    if (!made) return base::pass_on(made);
    tls = std::move(*made);
  }
  auto body = std::make_shared<Body>(parts, listening, std::move(tls));
  if (auto bound = body->bind(listening); !bound) return base::pass_on(bound);
  return std::unique_ptr<Server>(new Server(std::move(body)));
}

std::uint16_t Server::port() const { return body_->port(); }
void Server::start(Front& front) { body_->start(front); }
void Server::tell() { body_->tell(); }
void Server::stop() { body_->stop(); }

}  // namespace pvm::pvmctl::web
