// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/request_view.hpp"

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/frontend/wording.hpp"
#include "pvmctl/ui/table.hpp"

namespace pvm::pvmctl {
namespace {

constexpr std::size_t k_most_named = 20;

Json may_json(model::Attributes attributes) {
  Json list = Json::array();
  if (attributes.is_empty()) return list;
  const std::string names = attributes.text();
  for (std::size_t from = 0; from <= names.size();) {
    const std::size_t comma = std::min(names.find(',', from), names.size());
    list.push_back(names.substr(from, comma - from));
    from = comma + 1;
  }
  return list;
}

Json effect_json(const vault::Wish& wish) {
  Json json;
  json["digest"] = wish.effect ? Json("sha256:" + base::to_hex(*wish.effect)) : Json();
  json["files"] = wish.summary.files;
  json["directories"] = wish.summary.directories;
  json["bytes"] = wish.summary.bytes;
  json["refs"] = wish.summary.refs;
  json["overwritten"] = wish.summary.overwritten;
  json["complete"] = wish.summary.completeness == model::Completeness::whole;
  return json;
}

Json time_json(const std::optional<base::UnixTime>& time) {
  return time ? Json(base::iso_time(*time)) : Json();
}

template <class Id>
Json id_json(const std::optional<Id>& id) {
  return id ? Json(id->hex()) : Json();
}

std::string ago(base::UnixTime then, base::UnixTime now) {
  return base::human_duration(now - then) + " ago";
}

std::string field(std::string_view name, const std::string& value) {
  std::string line = "  " + std::string(name);
  line.resize(std::max<std::size_t>(line.size() + 1, 12), ' ');
  return line + value + "\n";
}

// What the agent would like the grant to be: "for 30 min", "for 5 uses"; empty where it did not say.
std::string wanted(const vault::Request& request) {
  std::string text;
  if (request.wanted_time) text = "for " + base::human_duration(*request.wanted_time);
  if (request.wanted_uses) {
    text += (text.empty() ? "" : ", ") + std::string("uses: ") + base::display(*request.wanted_uses, 32);
  }
  return text;
}

std::string things_text(const vault::Wish& wish) {
  std::string text;
  const std::span<const model::Resource> resources = wish.operation.resources;
  const auto named = resources.first(std::min(resources.size(), k_most_named));
  for (const std::string& thing : frontend::describe_all(named, wish)) text += field("what", thing);
  for (const model::Scope& scope : wish.scopes) {
    text += field("scope", base::quoted(scope.pattern()));
  }
  if (wish.operation.resources.size() > k_most_named) {
    text += field("", "and " + base::grouped(wish.operation.resources.size() - k_most_named) + " more");
  }
  return text;
}

}  // namespace

std::string command_text(const vault::Wish& wish) {
  return base::shell_command(wish.invocation.argv);
}

Json wish_json(const vault::Wish& wish) {
  Json json;
  json["agent"] = wish.operation.agent;
  json["action"] = model::to_text(wish.operation.action);
  json["command"] = wish.invocation.argv.empty() ? Json() : Json(command_text(wish));
  json["cwd"] = wish.invocation.argv.empty() ? Json() : Json(json_text(wish.invocation.cwd));
  json["resources"] = Json::array();
  for (const model::Resource& resource : wish.operation.resources) {
    Json item;
    const bool is_push = wish.operation.action == model::Action::push;
    item[is_push ? "resource" : "path"] = json_text(resource.name);
    item["extent"] = resource.extent == model::Extent::tree ? "tree" : "item";
    json["resources"].push_back(std::move(item));
  }
  json["scope_type"] = model::to_text(model::scope_type_of(wish.operation.action));
  json["scopes"] = Json::array();
  for (const model::Scope& scope : wish.scopes) json["scopes"].push_back(json_text(scope.pattern()));
  json["may"] = may_json(wish.operation.needs);
  json["effect"] = wish.scopes.empty() ? effect_json(wish) : Json();
  return json;
}

Json request_json(const vault::Request& request) {
  Json json;
  json["id"] = request.id.hex();
  json["state"] = vault::to_text(request.state);
  json.update(wish_json(request.wish));
  json["reason"] = json_text(request.reason);
  json["note"] = json_text(request.note);
  json["wanted_seconds"] = request.wanted_time ? Json(request.wanted_time->count()) : Json();
  json["wanted_uses"] = request.wanted_uses ? Json(json_text(*request.wanted_uses)) : Json();
  json["asked"] = base::iso_time(request.asked);
  json["expires"] = base::iso_time(request.expires);
  json["waiting_until"] = base::iso_time(request.waiting_until);
  json["notified"] = Json::array();
  for (const vault::Delivery& delivery : request.told) {
    Json told;
    told["channel"] = json_text(delivery.channel);
    told["attempt"] = delivery.attempt;
    told["result"] = vault::to_text(delivery.result);
    told["why"] = json_text(delivery.why);
    told["at"] = base::iso_time(delivery.time);
    json["notified"].push_back(std::move(told));
  }
  json["resolved"] = time_json(request.resolved);
  json["previous"] = id_json(request.previous);
  json["grant"] = id_json(request.grant);
  return json;
}

std::string wish_line(const vault::Wish& wish) {
  const std::string action(model::to_text(wish.operation.action));
  const auto more = [](std::size_t count) {
    return count > 1 ? " and " + base::grouped(count - 1) + " more" : std::string();
  };
  if (!wish.scopes.empty()) {
    const std::string may = wish.operation.needs.is_empty() ? "" : " (" + wish.operation.needs.text() + ")";
    return action + may + " within " + base::quoted(wish.scopes.front().pattern()) + more(wish.scopes.size());
  }
  if (wish.operation.resources.empty()) return action;
  return action + " " + frontend::describe(wish.operation.resources.front(), wish) +
         more(wish.operation.resources.size());
}

std::string request_text(const vault::Request& request, base::UnixTime now) {
  const vault::Wish& wish = request.wish;
  std::string text = "request " + request.id.hex() + ": " + std::string(vault::to_text(request.state)) + "\n";
  if (!wish.invocation.argv.empty()) {
    text += field("command", command_text(wish));
    text += field("in", base::quoted(wish.invocation.cwd));
  }
  text += field("action", std::string(model::to_text(wish.operation.action)) +
                              (wish.operation.needs.is_empty() ? "" : ", " + wish.operation.needs.text()));
  text += things_text(wish);
  if (wish.scopes.empty()) text += field("effect, as told", model::to_text(wish.summary));
  if (!request.reason.empty()) text += field("reason", base::quoted(request.reason));
  if (const std::string terms = wanted(request); !terms.empty()) text += field("wanted", terms);
  text += field("asked", base::iso_time(request.asked) + " (" + ago(request.asked, now) + ")");
  if (request.state == vault::RequestState::pending) {
    text += field("until", base::iso_time(request.expires));
    text += field("told", frontend::who_was_told(request));
  }
  for (const vault::Delivery& delivery : request.told) {
    const std::string what = base::display(delivery.channel, vault::k_channel_max_bytes) + ": " + std::string(vault::to_text(delivery.result)) +
                             (delivery.attempt > 1 ? " (attempt " + std::to_string(delivery.attempt) + ")" : "") + ", " +
                             base::iso_time(delivery.time);
    text += field("notice", what + (delivery.why.empty() ? "" : ": " + base::display(delivery.why, vault::k_why_max_bytes)));
  }
  if (request.resolved) {
    text += field("resolved", base::iso_time(*request.resolved) + " (" + ago(*request.resolved, now) + ")");
  }
  if (!request.note.empty()) text += field("note", base::quoted(request.note));
  if (request.grant) text += field("grant", request.grant->hex());
  if (request.previous) text += field("previous", request.previous->brief());
  return text;
}

std::string requests_table(const std::vector<vault::Request>& requests, base::UnixTime now, std::size_t width) {
  ui::Table table({{"ID"}, {"STATE"}, {"ASKED"}, {"WHAT", 1, ui::Cut::middle}});
  for (const vault::Request& request : requests) {
    const vault::Wish& wish = request.wish;
    table.add_row({request.id.brief(), std::string(vault::to_text(request.state)), ago(request.asked, now),
                   wish.invocation.argv.empty() ? wish_line(wish) : command_text(wish)});
  }
  return table.text(width);
}

}  // namespace pvm::pvmctl
