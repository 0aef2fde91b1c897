// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/web/vault_desk.hpp"

#include <algorithm>
#include <deque>

#include "libpvm/crypto/sha256.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/gate/trust.hpp"
#include "pvmctl/audit_view.hpp"
#include "pvmctl/grants_view.hpp"
#include "pvmctl/pending_view.hpp"
#include "pvmctl/request_groups.hpp"
#include "pvmctl/request_view.hpp"
#include "pvmctl/verbs/approve.hpp"

namespace pvm::pvmctl::web {
namespace {

using base::Code;
using base::fail;
using base::Result;
using vault::RequestState;

constexpr std::size_t k_most_requests = 2'000;   // looked at for one page
constexpr std::size_t k_most_entries = 20'000;   // the same
constexpr std::size_t k_most_largest = 20;

bool holds(std::string_view text, const std::string& query) { return text.find(query) != std::string_view::npos; }

bool mentions(const vault::Request& request, const std::string& query) {
  const vault::Wish& wish = request.wish;
  return query.empty() || holds(request.id.hex(), query) || holds(wish.operation.agent, query) ||
         holds(vault::to_text(request.state), query) || holds(request.reason, query) || holds(request.note, query) ||
         holds(command_text(wish), query) || holds(wish_line(wish), query) || holds(wish.invocation.cwd, query) ||
         std::ranges::any_of(wish.operation.resources, [&](const auto& resource) { return holds(resource.name, query); });
}

// What is largest in a tree, as the card lists it.
Json largest_json(const std::optional<model::Effect>& effect) {
  Json list = Json::array();
  if (!effect) return list;
  struct Found {
    std::string path;
    std::uint64_t bytes;
  };
  std::vector<Found> files;
  for (const model::OperandEffect& operand : effect->operands) {
    for (const model::EffectEntry& entry : operand.entries) {
      if (entry.type == 'f') files.push_back({operand.operand + (entry.path.empty() ? "" : "/" + entry.path), entry.size});
    }
  }
  const auto shown = static_cast<std::ptrdiff_t>(std::min(files.size(), k_most_largest));
  std::partial_sort(files.begin(), files.begin() + shown, files.end(), [](const Found& a, const Found& b) {
    return a.bytes != b.bytes ? a.bytes > b.bytes : a.path < b.path;
  });
  for (auto file = files.begin(); file != files.begin() + shown; ++file) {
    list.push_back({{"path", json_text(file->path)}, {"bytes", file->bytes}});
  }
  return list;
}

Json numbered(Json list, const char* name, std::optional<std::uint64_t> next) {
  Json json;
  json[name] = std::move(list);
  json["next"] = next ? Json(*next) : Json();
  return json;
}

}  // namespace

VaultDesk::VaultDesk(const system::Environment& environment, Issuer* issuer)
    : environment_(environment), issuer_(issuer), context_(std::make_unique<Context>(environment)) {}

void VaultDesk::reopen() { context_ = std::make_unique<Context>(environment_); }

Result<Json> VaultDesk::pending() {
  const auto vault = context_->vault();
  if (!vault) return base::pass_on(vault);
  auto requests = (*vault)->requests({std::nullopt, RequestState::pending, k_most_pending}, context_->now());
  if (!requests) return base::pass_on(requests);
  Json json;
  json["now"] = base::iso_time(context_->now());
  json["requests"] = Json::array();
  for (const vault::Request& request : *requests) json["requests"].push_back(request_json(request));
  json["is_cut"] = requests->size() == k_most_pending;
  const std::string home = environment_.find_filled("HOME").value_or("");
  json["groups"] = groups_json(group_requests(std::move(*requests), home), context_->now());
  return json;
}

Result<Json> VaultDesk::history(const std::string& query, std::uint64_t from) {
  Context context(environment_);
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto requests = (*vault)->requests({std::nullopt, std::nullopt, k_most_requests, vault::Manifests::left_out}, context.now());
  if (!requests) return base::pass_on(requests);
  Json list = Json::array();
  std::uint64_t number = 0;
  for (const vault::Request& request : *requests) {
    if (request.state == RequestState::pending || !mentions(request, query) || number++ < from) continue;
    if (list.size() == k_page) return numbered(std::move(list), "requests", from + k_page);
    list.push_back(request_json(request));
  }
  return numbered(std::move(list), "requests", std::nullopt);
}

Result<Json> VaultDesk::grants() {
  Context context(environment_);
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const auto epoch = (*vault)->epoch();
  if (!epoch) return base::pass_on(epoch);
  const base::UnixTime now = context.now();
  vault::GrantFilter filter;
  filter.live_at = now;
  filter.most = k_most_pending;
  const auto stored = (*vault)->grants(filter);
  if (!stored) return base::pass_on(stored);
  Json json;
  json["now"] = base::iso_time(now);
  json["grants"] = Json::array();
  for (const vault::StoredGrant& grant : *stored) {
    const auto standing = standing_of(grant, gate::verify_stored(grant, **signers, now), *epoch, now);
    json["grants"].push_back(stored_grant_json(grant, standing));
  }
  json["is_cut"] = stored->size() == filter.most;
  return json;
}

// Backwards in longer and longer steps, so that the newest page of a long log costs little.
Result<Json> VaultDesk::audit(const std::string& query, std::uint64_t before) {
  Context context(environment_);
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto head = (*vault)->durable_head();
  if (!head) return base::pass_on(head);
  std::uint64_t end = before == 0 ? head->size + 1 : std::min(before, head->size + 1);  // exclusive
  Json list = Json::array();
  std::uint64_t looked_at = 0;
  for (std::uint64_t step = 2 * k_page; end > 1 && list.size() < k_page && looked_at < k_most_entries; step *= 2) {
    const std::uint64_t begin = end > step ? end - step : 1;
    std::deque<vault::AuditEntry> found;  // the last of them that fit the page
    const std::size_t room = k_page - list.size();
    const auto done = (*vault)->each_entry(begin, [&](const vault::AuditEntry& entry) {
      if (entry.entry >= end) return vault::Vault::Visit::stop;
      if (query.empty() || pvmctl::mentions(entry, query)) found.push_back(entry);
      if (found.size() > room) found.pop_front();
      return vault::Vault::Visit::go_on;
    });
    if (!done) return base::pass_on(done);
    looked_at += end - begin;
    end = found.size() == room ? found.front().entry : begin;
    for (auto entry = found.rbegin(); entry != found.rend(); ++entry) list.push_back(entry_json(*entry));
  }
  return numbered(std::move(list), "entries", end > 1 ? std::optional(end) : std::nullopt);
}

Result<Json> VaultDesk::status() {
  const auto site = context_->site();
  if (!site) return base::pass_on(site);
  const auto vault = context_->vault();
  if (!vault) return base::pass_on(vault);
  const auto lock = (*vault)->lock_status();
  if (!lock) return base::pass_on(lock);
  const bool is_locked = lock->state == model::LockState::locked;
  const bool is_roots = (*site)->places.owner == system::TrustOwner::root;
  Json json;
  json["now"] = base::iso_time(context_->now());
  json["vault"] = (*vault)->id().hex();
  json["home"] = json_text(environment_.find_filled("HOME").value_or(""));
  json["tier"] = 0;
  json["trust"] = is_roots ? "root" : "user";
  json["locked"] = is_locked;
  json["lock_reason"] = is_locked ? json_text(lock->reason) : "";
  json["locked_since"] = is_locked ? Json(base::iso_time(lock->since)) : Json();
  json["signer"] = issuer_ != nullptr ? Json(json_text(issuer_->name())) : Json();
  json["signer_weakness"] = issuer_ != nullptr ? Json(json_text(issuer_->weakness())) : Json();
  json["approving"] = issuer_ != nullptr ? Json() : Json(k_no_issuer);
  return json;
}

Result<Desk::Counts> VaultDesk::counts() {
  const auto vault = context_->vault();
  if (!vault) return base::pass_on(vault);
  const base::UnixTime now = context_->now();
  if (now == counted_) return counts_;
  const auto pending = (*vault)->requests({std::nullopt, RequestState::pending, k_most_requests, vault::Manifests::left_out}, now);
  if (!pending) return base::pass_on(pending);
  vault::GrantFilter filter;
  filter.live_at = now;
  const auto live = (*vault)->grants(filter);
  if (!live) return base::pass_on(live);
  const auto lock = (*vault)->lock_status();
  if (!lock) return base::pass_on(lock);
  counted_ = now;
  counts_ = {pending->size(), live->size(), lock->state == model::LockState::locked};
  return counts_;
}

namespace {

// Names all that a person is shown of a request and its effect, since whoever writes to the vault can change either.
std::string sight_of(const approval::Review& review) {
  const vault::Request& request = review.request;
  std::string text = "request " + request.id.hex() + "\n" + model::canonical_text(request.wish.operation) +
                     model::canonical_text(request.wish.invocation);
  for (const model::Scope& scope : request.wish.scopes) text += "scope " + base::percent_encode(scope.pattern()) + "\n";
  for (const std::string& part : {request.reason, request.host, review.view.obstacle}) text += base::percent_encode(part) + "\n";
  text += review.view.digest ? base::to_hex(*review.view.digest) : "-";
  return "sha256:" + base::to_hex(crypto::sha256(text));
}

}  // namespace

Result<Json> VaultDesk::review(const std::string& id) {
  Context context(environment_);
  const auto review = approval::review_request(context, id);
  if (!review) return base::pass_on(review);
  Json json = approval::review_json(*review);
  json["seen"]["sight"] = sight_of(*review);
  json["seen"]["largest"] = largest_json(review->view.fresh);
  json["seen"]["is_gone"] = review->view.is_gone;
  json["seen"]["is_elsewhere"] = review->view.is_elsewhere;
  json["seen"]["complete"] = review->view.summary.completeness == model::Completeness::whole;
  json["card"] = approval::card_of(context, *review, ui::Colour({}, ui::Stream::other));
  return json;
}

Result<Json> VaultDesk::approve(const Order& order, const Person& person) {
  if (issuer_ == nullptr) {
    return fail(Code::conflict, std::string(k_no_issuer), "at a terminal: pvmctl approve " + order.request.substr(0, 8));
  }
  Context context(environment_);
  const auto review = approval::review_request(context, order.request);
  if (!review) return base::pass_on(review);
  if (auto good = check_answerable(*review); !good) return base::pass_on(good);
  if (order.seen != sight_of(*review)) {
    return fail(Code::conflict, "it is not what you were shown any more", "look at it again");
  }
  return issuer_->issue(*review, order, person);
}

Result<void> VaultDesk::deny(const std::string& id, const std::string& note) {
  const auto vault = context_->vault();
  if (!vault) return base::pass_on(vault);
  return (*vault)->deny(*base::RequestId::from_hex(id), note, context_->now());
}

Result<void> VaultDesk::revoke(const std::string& id) {
  const auto vault = context_->vault();
  if (!vault) return base::pass_on(vault);
  return (*vault)->revoke(*base::GrantId::from_hex(id), context_->now());
}

Result<void> VaultDesk::lock(const std::string& reason) {
  const auto vault = context_->vault();
  if (!vault) return base::pass_on(vault);
  return (*vault)->lock(reason, context_->now());
}

Result<void> VaultDesk::panic(const std::string& reason) {
  const auto vault = context_->vault();
  if (!vault) return base::pass_on(vault);
  return (*vault)->panic(reason, context_->now());
}

}  // namespace pvm::pvmctl::web
