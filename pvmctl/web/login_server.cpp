// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/web/login_server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <list>
#include <optional>

#include "libpvm/base/text.hpp"
#include "pvmctl/reply.hpp"

namespace pvm::pvmctl::web {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using base::Code;
using base::fail;
using base::Result;
using boost::system::error_code;

constexpr auto k_await = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t k_line_max_bytes = 32 * 1024;
constexpr std::size_t k_most_at_once = 8;
constexpr std::chrono::seconds k_passphrase_time{120};
constexpr std::chrono::milliseconds k_breath{50};

bool is_of_our_user(stream_protocol::socket& socket) {
  ucred other{};
  socklen_t size = sizeof other;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &other, &size) != 0) return false;
  return other.uid == ::geteuid();
}

}  // namespace

class LoginServer::Body : public std::enable_shared_from_this<Body> {
 public:
  explicit Body(Parts parts) : parts_(std::move(parts)), acceptor_(parts_.network) {}

  Result<void> bind(const std::string& path) {
    if (path.size() >= sizeof(sockaddr_un::sun_path)) return fail(Code::usage, base::quoted(path) + " is too long for a socket");
    ::unlink(path.c_str());
    error_code error;
    acceptor_.open(stream_protocol(), error);
    // Made with its mode, so that there is no moment at which others could connect.
    const mode_t before = ::umask(0177);
    if (!error) acceptor_.bind(stream_protocol::endpoint(path), error);
    ::umask(before);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return fail(Code::io, "cannot listen at " + base::quoted(path) + ": " + error.message());
    path_ = path;
    return {};
  }

  void start() {
    asio::co_spawn(parts_.network, [self = shared_from_this()] { return self->accept_all(); }, asio::detached);
  }

  void stop() {
    error_code ignored;
    acceptor_.close(ignored);
    if (!path_.empty()) ::unlink(path_.c_str());
    for (const auto& socket : open_) socket->close(ignored);
  }

 private:
  using Socket = std::shared_ptr<stream_protocol::socket>;

  asio::awaitable<void> accept_all() {
    asio::steady_timer breath(parts_.network);
    for (;;) {
      auto socket = std::make_shared<stream_protocol::socket>(parts_.network);
      auto [error] = co_await acceptor_.async_accept(*socket, k_await);
      if (!acceptor_.is_open()) co_return;
      if (error) {
        breath.expires_after(k_breath);
        static_cast<void>(co_await breath.async_wait(k_await));
        continue;
      }
      if (!is_of_our_user(*socket)) continue;
      error_code ignored;
      if (open_.size() >= k_most_at_once) {
        open_.front()->close(ignored);
        open_.pop_front();
      }
      open_.push_back(socket);
      auto self = shared_from_this();
      asio::co_spawn(parts_.network, [self, socket] { return self->live(socket); }, asio::detached);
    }
  }

  asio::awaitable<void> live(Socket socket) {
    asio::steady_timer limit(parts_.network, k_passphrase_time);
    limit.async_wait([weak = std::weak_ptr(socket)](const error_code& ended) {
      error_code ignored;
      if (const auto there = weak.lock(); there && !ended) there->close(ignored);
    });
    co_await talk(*socket);
    open_.remove(socket);
  }

  asio::awaitable<void> talk(stream_protocol::socket& socket) {
    const std::string hello = parts_.hello + "\n";
    auto [not_greeted, greeted] = co_await asio::async_write(socket, asio::buffer(hello), k_await);
    static_cast<void>(greeted);
    if (not_greeted) co_return;
    std::string line;
    auto [not_read, size] = co_await asio::async_read_until(socket, asio::dynamic_buffer(line, k_line_max_bytes), '\n', k_await);
    if (not_read) co_return;
    line.resize(size);
    const std::string reply = co_await take_login(line);
    auto [not_told, told] = co_await asio::async_write(socket, asio::buffer(reply), k_await);
    static_cast<void>(not_told);
    static_cast<void>(told);
  }

  asio::awaitable<std::string> take_login(const std::string& line) {
    const Json json = Json::parse(line, nullptr, false);
    const auto text_of = [&json](const char* name) {
      const auto found = json.find(name);
      return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    const bool is_object = json.is_object();
    const std::string statement = is_object ? text_of("statement") : "";
    const std::string signature = is_object ? text_of("signature") : "";
    auto in_worker = [](JudgeLogin judge, std::string what, std::string by) -> asio::awaitable<std::optional<Result<approval::Login>>> {
      co_return judge(what, by);
    };
    auto [thrown, judged] =
        co_await asio::co_spawn(parts_.worker, in_worker(parts_.judge, statement, signature), k_await);
    Result<void> done = fail(Code::io, "this is a fault of pvmctl serve");
    if (!thrown && judged) done = take_judged(*judged);
    const Json reply = done ? Json{{"opened", true}} : Json{{"error", done.error().message}};
    co_return reply.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n";
  }

  Result<void> take_judged(const Result<approval::Login>& login) {
    if (!login) return base::pass_on(login);
    const Person person{login->approver, login->via.ends_with("/unattended")};
    return parts_.sessions.announce(login->token, person, login->until, parts_.clock.now());
  }

  Parts parts_;
  stream_protocol::acceptor acceptor_;
  std::string path_;
  std::list<Socket> open_;  // the oldest first
};

LoginServer::LoginServer(std::shared_ptr<Body> body) : body_(std::move(body)) {}
LoginServer::~LoginServer() = default;

Result<std::unique_ptr<LoginServer>> LoginServer::open(Parts parts, const std::string& path) {
  auto body = std::make_shared<Body>(std::move(parts));
  if (auto bound = body->bind(path); !bound) return base::pass_on(bound);
  return std::unique_ptr<LoginServer>(new LoginServer(std::move(body)));
}

void LoginServer::start() { body_->start(); }
void LoginServer::stop() { body_->stop(); }

}  // namespace pvm::pvmctl::web
