// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/serve/notifier.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <exception>

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

// In the worker's thread, where nothing may be thrown through.
Result<notify::Message> look_at_request(const system::Environment& environment, const base::RequestId& id, const std::string& door) {
  try {
    Context context(environment);
    const auto review = approval::review_request(context, id.hex());
    if (!review) return base::pass_on(review);
    return message_of(*review, door);
  } catch (const std::exception& bug) {
    return base::fail(base::Code::io, "request " + id.brief() + " could not be looked at: " + bug.what());
  }
}

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
  const auto pending = vault.requests({std::nullopt, vault::RequestState::pending, k_most_pending, vault::Manifests::left_out},
                                      parts_.clock.now());
  if (!pending) return base::pass_on(pending);
  for (const vault::Request& request : *pending) {
    const bool is_sent = std::ranges::any_of(
        request.told, [](const vault::Delivery& delivery) { return delivery.result == vault::DeliveryResult::sent; });
    if (is_sent || !told_.try_emplace(request.id.hex()).second) continue;
    to_look_at_.push_back(request.id);
  }
  tell_next();
  return settle(vault);
}

// What a request would do may take long to see: it is looked at in the other thread.
void Notifier::tell_next() {
  if (is_looking_ || is_draining_ || to_look_at_.empty()) return;
  is_looking_ = true;
  const base::RequestId id = to_look_at_.front();
  to_look_at_.pop_front();
  boost::asio::post(parts_.worker, [this, id] {
    auto looked = look_at_request(parts_.environment, id, door_);
    boost::asio::post(parts_.network, [this, id, looked = std::move(looked)] {
      is_looking_ = false;
      if (looked) {
        send(id, *looked);
      } else {
        forget(id, looked.error());
      }
      tell_next();
    });
  });
}

void Notifier::send(const base::RequestId& id, notify::Message message) {
  const auto told = told_.find(id.hex());
  if (told == told_.end() || is_draining_) return;  // answered meanwhile
  told->second.message = message;
  deliverer_.send(message, [this, id](const notify::Attempt& attempt) { note(id, attempt); });
}

// It is looked at again when the vault is written to next.
void Notifier::forget(const base::RequestId& id, const base::Error& error) {
  complain(error);
  told_.erase(id.hex());
}

void Notifier::note(const base::RequestId& id, const notify::Attempt& attempt) {
  const auto told = told_.find(id.hex());
  if (told != told_.end() && !attempt.handle.empty()) told->second.handles.emplace_back(attempt.channel, attempt.handle);
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
    const bool is_gone = !request && request.error().code == base::Code::missing;
    if (!request && !is_gone) return base::pass_on(request);
    if (!is_gone && request->state == vault::RequestState::pending) {
      ++told;
      continue;
    }
    const notify::Verdict verdict = is_gone ? notify::Verdict{"gone", parts_.clock.now()} : verdict_of(*request, parts_.clock.now());
    for (const auto& [channel, handle] : told->second.handles) {
      deliverer_.edit(channel, handle, told->second.message, verdict, [](const notify::Attempt&) {});
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
