// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/serve/notifier.hpp"

#include <boost/asio/post.hpp>
#include <cstdio>

#include "libpvm/base/text.hpp"
#include "libpvm/gate/gate.hpp"
#include "libpvm/model/effect.hpp"
#include "pvmctl/context.hpp"
#include "pvmctl/request_view.hpp"

namespace pvm::pvmctl::serve {
namespace {

using base::Result;

constexpr std::size_t k_most_pending = 1000;

vault::DeliveryResult result_of(notify::Outcome outcome) {
  switch (outcome) {
    case notify::Outcome::sent: return vault::DeliveryResult::sent;
    case notify::Outcome::will_retry: return vault::DeliveryResult::retrying;
    case notify::Outcome::failed: break;
  }
  return vault::DeliveryResult::failed;
}

// Whoever reads what the service says is told; the service goes on.
void complain(const base::Error& error) { std::fprintf(stderr, "pvm-serve: %s\n", error.message.c_str()); }

}  // namespace

notify::Message message_of(const approval::Review& review, const std::string& door) {
  const vault::Request& request = review.request;
  notify::Message message;
  message.request = request.id.hex();
  message.agent = request.wish.operation.agent;
  message.action = model::to_text(request.wish.operation.action);
  const vault::Wish& told = request.wish;
  const std::string line =
      review.view.fresh ? wish_line(gate::make_wish(told.operation, told.invocation, *review.view.fresh)) : wish_line(told);
  message.effect = line.starts_with(message.action + " ") ? line.substr(message.action.size() + 1) : line;
  if (!review.view.obstacle.empty()) message.effect += ", as told by the agent";
  if (review.view.is_changed) message.effect += ", which is not what the agent told";
  message.reason = request.reason;
  message.expires = request.expires;
  message.door = door;
  return message;
}

notify::Verdict verdict_of(const vault::Request& request, base::UnixTime now) {
  std::string words(vault::to_text(request.state));
  if (!request.note.empty()) words += ": " + request.note;
  return {words, request.resolved.value_or(now)};
}

Notifier::Notifier(Parts parts, notify::Configuration configuration, std::string door)
    : parts_(parts), door_(std::move(door)),
      deliverer_(parts.network, std::move(configuration), parts.clock, parts.environment),
      has_channels_(!deliverer_.configuration().channels.empty()) {}

Result<void> Notifier::look(vault::Vault& vault) {
  if (!has_channels_ || is_draining_) return {};
  const auto pending = vault.requests({std::nullopt, vault::RequestState::pending, k_most_pending}, parts_.clock.now());
  if (!pending) return base::pass_on(pending);
  for (const vault::Request& request : *pending) {
    if (!request.told.empty() || told_.contains(request.id.hex())) continue;
    told_.emplace(request.id.hex(), notify::Message());
    tell(request.id);
  }
  return settle(vault);
}

// What a request would do may take long to see: it is looked at in the other thread.
void Notifier::tell(const base::RequestId& id) {
  boost::asio::post(parts_.worker, [this, id] {
    Context context(parts_.environment);
    auto review = approval::review_request(context, id.hex());
    if (!review) return complain(review.error());
    boost::asio::post(parts_.network, [this, id, message = message_of(*review, door_)] { send(id, message); });
  });
}

void Notifier::send(const base::RequestId& id, const notify::Message& message) {
  const auto told = told_.find(id.hex());
  if (told == told_.end() || is_draining_) return;  // answered meanwhile
  told->second = message;
  deliverer_.send(message, [this, id](const notify::Attempt& attempt) { note(id, attempt); });
}

void Notifier::note(const base::RequestId& id, const notify::Attempt& attempt) {
  Context context(parts_.environment);
  const auto vault = context.vault();
  const auto noted = vault ? (*vault)->note_delivery(id, {attempt.channel, static_cast<std::uint32_t>(attempt.attempt),
                                                         result_of(attempt.outcome), attempt.why, attempt.time, attempt.handle})
                           : Result<void>(base::pass_on(vault));
  if (!noted) complain(noted.error());
}

Result<void> Notifier::settle(vault::Vault& vault) {
  for (auto told = told_.begin(); told != told_.end();) {
    const auto id = base::RequestId::from_hex(told->first);
    const auto request = vault.request(*id, parts_.clock.now());
    if (!request) return base::pass_on(request);
    if (request->state == vault::RequestState::pending) {
      ++told;
      continue;
    }
    const notify::Verdict verdict = verdict_of(*request, parts_.clock.now());
    for (const vault::Delivery& delivery : request->told) {
      if (delivery.handle.empty()) continue;
      deliverer_.edit(delivery.channel, delivery.handle, told->second, verdict, [](const notify::Attempt&) {});
    }
    told = told_.erase(told);
  }
  return {};
}

void Notifier::drain() {
  is_draining_ = true;
  deliverer_.drain([] {});
}

}  // namespace pvm::pvmctl::serve
