// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/web/events.hpp"

#include <algorithm>

#include "pvmctl/reply.hpp"

namespace pvm::pvmctl::web {
namespace {

using vault::EntryType;

// Dumped, JSON is one line, whatever an agent wrote: it cannot end the event and begin one of its own.
std::string frame(std::uint64_t id, std::string_view name, const Json& data) {
  return "id: " + std::to_string(id) + "\nevent: " + std::string(name) +
         "\ndata: " + data.dump(-1, ' ', true, Json::error_handler_t::replace) + "\n\n";
}

Json data_of(const vault::AuditEntry& entry) {
  Json data;
  data["entry_id"] = entry.entry;
  data["timestamp"] = base::iso_time(entry.time);
  data["entry_type"] = vault::to_text(entry.type);
  data["agent_id"] = entry.agent.empty() ? Json() : Json(json_text(entry.agent));
  data["decision"] = entry.decision.empty() ? Json() : Json(json_text(entry.decision));
  data["grant_id"] = entry.grant ? Json(entry.grant->hex()) : Json();
  data["request_id"] = Json();
  vault::each_detail(entry.details, [&data](std::string_view name, std::string_view value) {
    if (name == "request") data["request_id"] = json_text(value);
  });
  return data;
}

}  // namespace

std::string_view event_name(const vault::AuditEntry& entry) {
  switch (entry.type) {
    case EntryType::request: return "created";
    case EntryType::approve:
    case EntryType::deny:
    case EntryType::cancel:
    case EntryType::expire:
    case EntryType::stale: return "decided";
    case EntryType::revoke: return "revoked";
    case EntryType::allow: return "granted";
    case EntryType::outcome: return "executed";
    case EntryType::decision: return entry.decision == "allow" ? "used" : "";
    case EntryType::lock: return "locked";
    case EntryType::unlock: return "unlocked";
    default: return "";
  }
}

void Events::take(const vault::AuditEntry& entry) {
  newest_ = entry.entry;
  const std::string_view name = event_name(entry);
  if (name.empty()) return;
  kept_.push_back({entry.entry, frame(entry.entry, name, data_of(entry))});
  while (kept_.size() > most_) {
    before_ = kept_.front().id;
    kept_.pop_front();
  }
}

void Events::start_over(std::uint64_t newest) {
  kept_.clear();
  before_ = newest_ = newest;
}

Events::Batch Events::after(std::uint64_t seen) const {
  if (seen < before_ || seen > newest_) return {frame(newest_, "reset", Json::object()), newest_};
  Batch batch{"", seen};
  const auto is_seen = [seen](const Kept& kept) { return kept.id <= seen; };
  for (auto at = std::partition_point(kept_.begin(), kept_.end(), is_seen); at != kept_.end(); ++at) {
    if (!batch.text.empty() && batch.text.size() + at->frame.size() > k_batch_bytes) break;
    batch.text += at->frame;
    batch.last = at->id;
  }
  return batch;
}

}  // namespace pvm::pvmctl::web
