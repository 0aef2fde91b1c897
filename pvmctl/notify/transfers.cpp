// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/transfers.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>

#include "pvmctl/notify/transfer_call.hpp"

namespace pvm::notify {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

bool start_curl() {
  static const bool is_started = ::curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return is_started;
}

}  // namespace

class Transfers::Engine : public std::enable_shared_from_this<Transfers::Engine> {
 public:
  explicit Engine(asio::io_context& context) : context_(context), timer_(context), multi_(start_curl() ? ::curl_multi_init() : nullptr) {
    if (multi_ == nullptr) return;
    ::curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Engine::on_socket);
    ::curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    ::curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Engine::on_timer);
    ::curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  }

  void start(Transfer transfer, std::function<void(Answer)> done) {
    auto call = std::make_unique<TransferCall>(std::move(transfer), std::move(done));
    CURL* const handle = call->handle();
    if (multi_ != nullptr && handle != nullptr && ::curl_multi_add_handle(multi_, handle) == CURLM_OK) {
      calls_.emplace(handle, std::move(call));
      return;
    }
    asio::post(context_, [done = call->take_done()] {
      Answer answer;
      answer.trouble = "no transfer can be started";
      done(answer);
    });
  }

  /// Nothing of libcurl's is left, and no handler does anything any more.
  void stop() {
    for (const auto& [handle, call] : calls_) ::curl_multi_remove_handle(multi_, handle);
    calls_.clear();
    if (multi_ != nullptr) ::curl_multi_cleanup(std::exchange(multi_, nullptr));
    watches_.clear();
    timer_.cancel();
  }

 private:
  /// A socket of libcurl's while libcurl waits for it. libcurl opens and closes it.
  struct Watch {
    Watch(asio::io_context& context, curl_socket_t socket) : descriptor(context) {
      error_code failed;
      descriptor.assign(socket, failed);
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch() {
      if (descriptor.is_open()) descriptor.release();
    }

    asio::posix::stream_descriptor descriptor;
    int wanted = CURL_POLL_NONE;
    bool is_awaited_in = false;
    bool is_awaited_out = false;
  };

  static int on_socket(CURL*, curl_socket_t socket, int wanted, void* self, void*) {
    static_cast<Engine*>(self)->watch(socket, wanted);
    return 0;
  }

  static int on_timer(CURLM*, long milliseconds, void* self) {
    static_cast<Engine*>(self)->set_timer(milliseconds);
    return 0;
  }

  void set_timer(long milliseconds) {
    timer_.cancel();
    if (milliseconds < 0) return;
    timer_.expires_after(std::chrono::milliseconds(milliseconds));
    timer_.async_wait([weak = weak_from_this()](const error_code& why) {
      const auto self = weak.lock();
      if (self && !why) self->act(CURL_SOCKET_TIMEOUT, 0);
    });
  }

  void watch(curl_socket_t socket, int wanted) {
    if (wanted == CURL_POLL_REMOVE) {
      watches_.erase(socket);
      return;
    }
    auto& watched = watches_[socket];
    if (!watched) watched = std::make_shared<Watch>(context_, socket);
    watched->wanted = wanted;
    await(socket, watched);
  }

  void await(curl_socket_t socket, const std::shared_ptr<Watch>& watched) {
    if ((watched->wanted & CURL_POLL_IN) != 0) await_one(socket, watched, CURL_CSELECT_IN);
    if ((watched->wanted & CURL_POLL_OUT) != 0) await_one(socket, watched, CURL_CSELECT_OUT);
  }

  void await_one(curl_socket_t socket, const std::shared_ptr<Watch>& watched, int what) {
    const bool is_in = what == CURL_CSELECT_IN;
    bool& is_awaited = is_in ? watched->is_awaited_in : watched->is_awaited_out;
    if (std::exchange(is_awaited, true)) return;
    const auto kind = is_in ? asio::posix::stream_descriptor::wait_read : asio::posix::stream_descriptor::wait_write;
    watched->descriptor.async_wait(
        kind, [weak = weak_from_this(), seen = std::weak_ptr<Watch>(watched), socket, what](const error_code& why) {
          const auto self = weak.lock();
          const auto still = seen.lock();
          if (!self || !still || why) return;
          (what == CURL_CSELECT_IN ? still->is_awaited_in : still->is_awaited_out) = false;
          if ((still->wanted & what) == 0) return;  // CURL_POLL_IN and OUT have the values of CURL_CSELECT_*
          self->act(socket, what);
          // A socket of the same number may be another by now.
          const auto found = self->watches_.find(socket);
          if (found != self->watches_.end() && found->second == still) self->await(socket, still);
        });
  }

  void act(curl_socket_t socket, int what) {
    if (multi_ == nullptr) return;
    int running = 0;
    ::curl_multi_socket_action(multi_, socket, what, &running);
    finish();
  }

  void finish() {
    int left = 0;
    while (multi_ != nullptr) {
      const CURLMsg* const message = ::curl_multi_info_read(multi_, &left);
      if (message == nullptr) return;
      if (message->msg != CURLMSG_DONE) continue;
      CURL* const handle = message->easy_handle;
      const CURLcode result = message->data.result;
      ::curl_multi_remove_handle(multi_, handle);
      const auto found = calls_.find(handle);
      if (found == calls_.end()) continue;
      const auto call = std::move(found->second);
      calls_.erase(found);
      const auto done = call->take_done();
      done(call->answer(result));  // which may start the next one, or end us
    }
  }

  asio::io_context& context_;
  asio::steady_timer timer_;
  CURLM* multi_;
  std::map<CURL*, std::unique_ptr<TransferCall>> calls_;
  std::map<curl_socket_t, std::shared_ptr<Watch>> watches_;
};

Transfers::Transfers(asio::io_context& context) : engine_(std::make_shared<Engine>(context)) {}

Transfers::~Transfers() { engine_->stop(); }

void Transfers::start(Transfer transfer, std::function<void(Answer)> done) { engine_->start(std::move(transfer), std::move(done)); }

}  // namespace pvm::notify
