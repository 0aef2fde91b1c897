// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/inbox.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <vector>

#include "libpvm/base/bytes.hpp"
#include "pvmctl/notify/errand.hpp"
#include "pvmctl/notify/service.hpp"
#include "pvmctl/notify/transfers.hpp"

namespace pvm::notify {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t k_most_mails = 20;  // of one look
constexpr int k_most_doublings = 6;

/// The numbers in "* SEARCH 4 5 6" (RFC 3501 section 7.2.5); none where it is something else.
std::vector<std::uint64_t> searched_numbers(std::string_view answer) {
  constexpr std::string_view k_mark = "* SEARCH";
  std::vector<std::uint64_t> numbers;
  const auto at = answer.find(k_mark);
  if (at == std::string_view::npos) return numbers;
  std::string_view rest = answer.substr(at + k_mark.size());
  rest = rest.substr(0, rest.find_first_of("\r\n"));
  while (!rest.empty() && numbers.size() < k_most_mails) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (const auto number = base::parse_decimal(word, UINT32_MAX)) numbers.push_back(*number);
    rest.remove_prefix(word.size());
  }
  return numbers;
}

}  // namespace

class Inbox::Engine : public std::enable_shared_from_this<Inbox::Engine> {
 public:
  Engine(asio::io_context& context, Heard heard, Trouble trouble, Pace pace)
      : context_(context), heard_(std::move(heard)), trouble_(std::move(trouble)), pace_(pace), transfers_(std::make_unique<Transfers>(context)) {}

  void begin(const Configuration& configuration) {
    for (const Approver& approver : configuration.approvers) senders_.insert(senders_.end(), approver.addresses.begin(), approver.addresses.end());
    for (const Channel& channel : configuration.channels) {
      const bool polls = channel.service == Service::telegram && channel.updates == Updates::poll;
      const bool has_mailbox = channel.service == Service::email && !channel.mailbox.empty();
      if (!polls && !has_mailbox) continue;
      sources_.push_back(std::make_shared<Source>(context_, channel));
      look(sources_.back());
    }
  }

  void stop() {
    transfers_.reset();
    for (const auto& source : sources_) source->timer.cancel();
    sources_.clear();
  }

 private:
  struct Source {
    Source(asio::io_context& context, Channel from) : channel(std::move(from)), timer(context) {}
    Channel channel;
    asio::steady_timer timer;
    std::int64_t offset = 0;          // Telegram
    std::deque<std::uint64_t> mails;  // still to be fetched
    int troubles = 0;                 // in a row
  };
  using SourcePointer = std::shared_ptr<Source>;

  void look(const SourcePointer& source) {
    if (source->channel.service == Service::telegram) return poll(source);
    search(source);
  }

  /// `then` gets what `transfer` answered, unless that is trouble or we are stopped.
  void start(const SourcePointer& source, Transfer transfer, std::function<void(const Answer&)> then) {
    transfers_->start(std::move(transfer), [weak = weak_from_this(), source, then = std::move(then)](const Answer& answer) {
      const auto self = weak.lock();
      if (!self || !self->transfers_) return;
      if (answer.trouble.empty()) return then(answer);
      self->complain(source, answer.trouble, answer.retry_after);
    });
  }

  void complain(const SourcePointer& source, const std::string& why, std::optional<base::Seconds> retry_after) {
    trouble_(source->channel.name, why);
    if (!transfers_) return;
    const std::int64_t ours = std::int64_t{1} << std::min(source->troubles++, k_most_doublings);
    later(source, pace_.second * std::max(ours, retry_after.value_or(base::Seconds(0)).count()));
  }

  void later(const SourcePointer& source, std::chrono::milliseconds wait) {
    source->timer.expires_after(wait);
    source->timer.async_wait([weak = weak_from_this(), source](const error_code& why) {
      const auto self = weak.lock();
      if (self && !why && self->transfers_) self->look(source);
    });
  }

  // ---- Telegram ----

  [[nodiscard]] static Transfer telegram_call(const Channel& channel, const char* method, const std::string& body) {
    Transfer transfer;
    transfer.url = Secret(channel.base_url + "/bot" + channel.token.reveal() + method);
    transfer.headers.emplace_back("Content-Type: application/json");
    transfer.body = body;
    transfer.ca_file = channel.ca_file;
    return transfer;
  }

  void poll(const SourcePointer& source) {
    Transfer transfer = telegram_call(source->channel, "/getUpdates",
                                      R"({"offset":)" + std::to_string(source->offset) + R"(,"limit":5,"timeout":)" +
                                          std::to_string(pace_.long_poll_seconds) + R"(,"allowed_updates":["callback_query"]})");
    transfer.limit += std::chrono::seconds(pace_.long_poll_seconds);
    start(source, std::move(transfer), [this, source](const Answer& answer) { read_updates(source, answer); });
  }

  void read_updates(const SourcePointer& source, const Answer& answer) {
    const Reading reading = read_answer(source->channel, answer);  // for a status, and how long to wait
    if (reading.outcome != Outcome::sent) return complain(source, reading.why, reading.retry_after);
    const auto updates = read_telegram_updates(answer.body);
    if (!updates) return complain(source, updates.error().message, std::nullopt);
    source->troubles = 0;
    const bool is_news = updates->next_offset > source->offset;
    source->offset = std::max(source->offset, updates->next_offset);
    for (std::size_t at = 0; at < updates->callbacks.size(); ++at) {
      // Only what needs no escape in JSON came through callbacks::is_person, but for these two.
      const std::string& query = updates->queries[at];
      if (query.find_first_of("\"\\") == std::string::npos) {
        transfers_->start(telegram_call(source->channel, "/answerCallbackQuery", R"({"callback_query_id":")" + query + R"("})"), [](const Answer&) {});
      }
      tell(source, updates->callbacks[at]);
      if (!transfers_) return;
    }
    if (is_news) return poll(source);
    later(source, pace_.second);  // else a server that does not wait by itself would be asked without end
  }

  // ---- mail ----

  [[nodiscard]] static Transfer mailbox_call(const Channel& channel, const std::string& of, const std::string& command) {
    Transfer transfer;
    transfer.method = Transfer::Method::mailbox;
    transfer.url = Secret(channel.mailbox + "/INBOX" + of);
    transfer.body = command;
    transfer.user = channel.user;
    transfer.password = channel.password;
    transfer.ca_file = channel.ca_file;
    return transfer;
  }

  void search(const SourcePointer& source) {
    start(source, mailbox_call(source->channel, "", "UID SEARCH UNSEEN"), [this, source](const Answer& answer) {
      source->troubles = 0;
      const auto numbers = searched_numbers(answer.body);
      source->mails.assign(numbers.begin(), numbers.end());
      fetch(source);
    });
  }

  void fetch(const SourcePointer& source) {
    if (source->mails.empty()) return later(source, pace_.mail);
    const std::string number = std::to_string(source->mails.front());
    source->mails.pop_front();
    // Fetching marks it as seen, so what is wrong with one mail is not met again.
    transfers_->start(mailbox_call(source->channel, ";UID=" + number, ""), [weak = weak_from_this(), source](const Answer& answer) {
      const auto self = weak.lock();
      if (!self || !self->transfers_) return;
      self->read_one_mail(source, answer);
      if (self->transfers_) self->fetch(source);
    });
  }

  void read_one_mail(const SourcePointer& source, const Answer& answer) {
    if (!answer.trouble.empty()) return trouble_(source->channel.name, answer.trouble);
    const auto callback = read_mail_callback(answer.body, senders_);
    if (!callback) return trouble_(source->channel.name, "a mail: " + callback.error().message);
    tell(source, *callback);
  }

  void tell(const SourcePointer& source, const Callback& callback) const {
    const auto* const answered = std::get_if<Answered>(&callback);
    if (answered != nullptr) heard_(source->channel.name, *answered);
  }

  asio::io_context& context_;
  Heard heard_;
  Trouble trouble_;
  const Pace pace_;
  std::unique_ptr<Transfers> transfers_;
  std::vector<std::string> senders_;
  std::vector<SourcePointer> sources_;
};

Inbox::Inbox(asio::io_context& context, const Configuration& configuration, Heard heard, Trouble trouble, Pace pace)
    : engine_(std::make_shared<Engine>(context, std::move(heard), std::move(trouble), pace)) {
  engine_->begin(configuration);
}

Inbox::~Inbox() { engine_->stop(); }

}  // namespace pvm::notify
