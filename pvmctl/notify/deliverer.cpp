// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/deliverer.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <vector>

#include "pvmctl/notify/batcher.hpp"
#include "pvmctl/notify/child.hpp"
#include "pvmctl/notify/retry.hpp"
#include "pvmctl/notify/service.hpp"
#include "pvmctl/notify/transfers.hpp"

namespace pvm::notify {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t k_most_under_way = 64;  // of one channel
constexpr base::Seconds k_edit_life{60};

}  // namespace

class Deliverer::Engine : public std::enable_shared_from_this<Deliverer::Engine> {
 public:
  Engine(asio::io_context& context, Configuration configuration, const base::Clock& clock, const system::Environment& environment, Pace pace)
      : context_(context), configuration_(std::move(configuration)), clock_(clock), environment_(environment_for_children(environment)),
        pace_(pace), transfers_(std::make_unique<Transfers>(context)), gathering_(context) {}

  [[nodiscard]] const Configuration& configuration() const { return configuration_; }

  void send(const Message& message, const Told& told) {
    if (is_draining_) return;
    if (batcher_.passes(message, clock_.now())) return send_now(message, told);
    waiting_[message.agent].push_back(told);
    gather();
  }

  bool send_to(const std::string& name, const Message& message, const Told& told) {
    const Channel* const channel = find(name);
    if (channel != nullptr) start_legs(*channel, message, told);
    return channel != nullptr;
  }

  void edit(const std::string& name, const std::string& handle, const Message& message, const Verdict& verdict, const Told& told) {
    const Channel* const channel = find(name);
    if (channel == nullptr || !can_edit(*channel) || handle.empty() || is_draining_) return;
    auto errand = std::make_shared<OnItsWay>(context_, *channel, message, told);
    errand->verdict = verdict;
    errand->handle = handle;
    errand->end = clock_.now() + k_edit_life;
    begin(errand);
  }

  void drain(std::function<void()> done) {
    for (const Message& message : batcher_.flush()) send_held(message);
    is_draining_ = true;
    gathering_.cancel();
    drained_ = std::move(done);
    tell_if_drained();
  }

  void stop() {
    transfers_.reset();
    gathering_.cancel();
    for (const auto& errand : errands_) errand->timer.cancel();
    errands_.clear();
    is_stopped_ = true;
  }

 private:
  /// One message on its way to one leg of one channel.
  struct OnItsWay {
    OnItsWay(asio::io_context& context, const Channel& to, Message what, Deliverer::Told whom)
        : channel(to), message(std::move(what)), told(std::move(whom)), timer(context), end(message.expires) {}

    const Channel& channel;  // the configuration's
    Message message;
    Deliverer::Told told;
    asio::steady_timer timer;
    base::UnixTime end;
    std::optional<Verdict> verdict = std::nullopt;
    std::string handle = {};
    std::size_t leg = 0;
    int attempt = 1;
  };
  using ErrandPointer = std::shared_ptr<OnItsWay>;

  [[nodiscard]] const Channel* find(const std::string& name) const {
    const auto& channels = configuration_.channels;
    const auto found = std::find_if(channels.begin(), channels.end(), [&name](const Channel& channel) { return channel.name == name; });
    return found == channels.end() ? nullptr : &*found;
  }

  void send_now(const Message& message, const Told& told) {
    for (const Channel& channel : configuration_.channels) start_legs(channel, message, told);
  }

  void send_held(const Message& message) {
    send_now(message, [all = std::exchange(waiting_[message.agent], {})](const Attempt& attempt) {
      for (const Told& told : all) told(attempt);
    });
    waiting_.erase(message.agent);
  }

  void gather() {
    const auto next = batcher_.next_due();
    if (!next) return;
    const auto wait = std::max<std::int64_t>((*next - clock_.now()).count(), 0);
    gathering_.expires_after(pace_.second * wait);
    gathering_.async_wait([weak = weak_from_this()](const error_code& why) {
      const auto self = weak.lock();
      if (!self || why) return;
      for (const Message& message : self->batcher_.due(self->clock_.now())) self->send_held(message);
      self->gather();
    });
  }

  void start_legs(const Channel& channel, const Message& message, const Told& told) {
    for (std::size_t leg = 0; leg < legs_of(channel); ++leg) {
      auto errand = std::make_shared<OnItsWay>(context_, channel, message, told);
      errand->leg = leg;
      begin(errand);
    }
  }

  void begin(const ErrandPointer& errand) {
    const auto of_this = std::count_if(errands_.begin(), errands_.end(),
                                       [&errand](const ErrandPointer& other) { return &other->channel == &errand->channel; });
    errands_.push_back(errand);
    if (static_cast<std::size_t>(of_this) < k_most_under_way) return try_once(errand);
    asio::post(context_, [weak = weak_from_this(), errand] {
      const auto self = weak.lock();
      if (self) self->settle(errand, {Outcome::failed, "too many messages wait for this channel", {}, {}});
    });
  }

  void try_once(const ErrandPointer& errand) {
    const base::UnixTime now = clock_.now();
    if (errand->end <= now) return later(errand, {Outcome::failed, "its request has ended", {}, {}});
    const Occasion occasion{now, errand->leg, errand->verdict ? &*errand->verdict : nullptr, errand->handle};
    Errand what = compose(errand->channel, errand->message, occasion);
    const auto done = [weak = weak_from_this(), errand](const Answer& answer) {
      const auto self = weak.lock();
      if (self && !self->is_stopped_) self->read(errand, read_answer(errand->channel, answer));
    };
    const auto limit = std::min<std::chrono::milliseconds>(pace_.limit, errand->end - now);
    if (const auto* const job = std::get_if<Job>(&what)) return run_job(context_, *job, environment_, limit, done);
    auto& transfer = std::get<Transfer>(what);
    transfer.limit = limit;
    transfers_->start(std::move(transfer), done);
  }

  void later(const ErrandPointer& errand, const Reading& reading) {
    asio::post(context_, [weak = weak_from_this(), errand, reading] {
      const auto self = weak.lock();
      if (self && !self->is_stopped_) self->settle(errand, reading);
    });
  }

  void read(const ErrandPointer& errand, Reading reading) {
    if (reading.outcome != Outcome::will_retry) return settle(errand, reading);
    const auto wait = wait_after(errand->attempt, reading.retry_after, clock_.now(), errand->end);
    if (!wait) {
      reading.outcome = Outcome::failed;
      return settle(errand, reading);
    }
    tell(*errand, reading);
    errand->attempt += 1;
    errand->timer.expires_after(pace_.second * wait->count());
    errand->timer.async_wait([weak = weak_from_this(), errand](const error_code& why) {
      const auto self = weak.lock();
      if (self && !why && !self->is_stopped_) self->try_once(errand);
    });
  }

  void settle(const ErrandPointer& errand, const Reading& reading) {
    errands_.erase(std::remove(errands_.begin(), errands_.end(), errand), errands_.end());
    tell(*errand, reading);
    tell_if_drained();
  }

  void tell(const OnItsWay& errand, const Reading& reading) const {
    if (errand.told) errand.told({errand.channel.name, errand.attempt, reading.outcome, reading.why, clock_.now(), reading.handle});
  }

  void tell_if_drained() {
    if (!is_draining_ || !errands_.empty() || !drained_) return;
    asio::post(context_, std::exchange(drained_, nullptr));
  }

  asio::io_context& context_;
  const Configuration configuration_;
  const base::Clock& clock_;
  const std::vector<std::string> environment_;
  const Pace pace_;
  std::unique_ptr<Transfers> transfers_;
  asio::steady_timer gathering_;
  Batcher batcher_;
  std::map<std::string, std::vector<Told>> waiting_;  // for what the batcher holds, by agent
  std::vector<ErrandPointer> errands_;
  bool is_draining_ = false;
  bool is_stopped_ = false;
  std::function<void()> drained_;
};

Deliverer::Deliverer(asio::io_context& context, Configuration configuration, const base::Clock& clock,
                     const system::Environment& environment, Pace pace)
    : engine_(std::make_shared<Engine>(context, std::move(configuration), clock, environment, pace)) {}

Deliverer::~Deliverer() { engine_->stop(); }

const Configuration& Deliverer::configuration() const { return engine_->configuration(); }

void Deliverer::send(const Message& message, Told told) { engine_->send(message, told); }

bool Deliverer::send_to(const std::string& channel, const Message& message, Told told) {
  return engine_->send_to(channel, message, told);
}

void Deliverer::edit(const std::string& channel, const std::string& handle, const Message& message, const Verdict& verdict, Told told) {
  engine_->edit(channel, handle, message, verdict, told);
}

void Deliverer::drain(std::function<void()> done) { engine_->drain(std::move(done)); }

}  // namespace pvm::notify
