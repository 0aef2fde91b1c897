// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/pending_view.hpp"

#include <algorithm>

#include "libpvm/base/text.hpp"
#include "pvmctl/request_view.hpp"
#include "pvmctl/ui/card.hpp"
#include "pvmctl/ui/table.hpp"

namespace pvm::pvmctl {
namespace {

constexpr std::size_t k_lines_shown = 8;
constexpr std::size_t k_paths_named = 3;
constexpr std::string_view k_margin = "  ";

bool is_waited_for(const vault::Request& request, base::UnixTime now) { return request.waiting_until > now; }

constexpr std::size_t k_widest_words = 600;

// The largest unit alone: "4 h".
std::string roughly(base::Seconds duration) {
  const std::string text = base::human_duration(duration);
  return text.substr(0, text.find(' ', text.find(' ') + 1));
}

std::string effect_words(const vault::Request& request) {
  return request.wish.operation.resources.empty() ? "-" : model::to_text(request.wish.summary);
}

// "rm -r build/a build/b", as sh would read it in `directory`, which they all lie in.
std::string from_directory(const vault::Request& request, const std::string& directory) {
  const model::Operation& operation = request.wish.operation;
  std::vector<std::string> words = {std::string(model::to_text(operation.action))};
  const bool is_rm = operation.action == model::Action::rm;
  if (is_rm && operation.needs.has(model::Attribute::recursive)) words.emplace_back("-r");
  const std::size_t above = directory == "/" ? 1 : directory.size() + 1;
  const std::size_t named = std::min(operation.resources.size(), k_paths_named);
  for (std::size_t i = 0; i < named; ++i) {
    const std::string path = operation.resources[i].name.substr(above);
    words.push_back(path.starts_with('-') ? "./" + path : path);
  }
  std::string text = base::shell_command(words);
  if (operation.resources.size() > named) text += " and " + base::grouped(operation.resources.size() - named) + " more";
  return text;
}

std::size_t count_waiting(const RequestGroup& group, base::UnixTime now) {
  return static_cast<std::size_t>(std::ranges::count_if(
      group.requests, [now](const vault::Request& request) { return is_waited_for(request, now); }));
}

std::string with_margin(const std::string& lines) {
  std::string out;
  for (std::size_t from = 0; from < lines.size();) {
    const std::size_t end = lines.find('\n', from) + 1;
    out.append(k_margin).append(lines, from, end - from);
    from = end;
  }
  return out;
}

std::string group_text(const RequestGroup& group, const std::string& home, base::UnixTime now, Lines lines) {
  const std::size_t waiting = count_waiting(group, now);
  std::string text = group_line(group, home);
  if (waiting > 0) text += "; " + std::to_string(waiting) + " waiting now";
  text += "\n";
  const std::size_t count = group.requests.size();
  const std::size_t shown = lines == Lines::all || count <= k_lines_shown + 1 ? count : k_lines_shown;
  ui::Table table({{"ID"}, {"STATE"}, {"WHAT", 1, ui::Cut::middle}, {"EFFECT", 2}, {"REASON", 3}});
  for (std::size_t i = 0; i < shown; ++i) {
    const vault::Request& request = group.requests[i];
    table.add_row({request.id.brief(), waiting_words(request, now), from_directory(request, group.directory),
                   effect_words(request), request.reason});
  }
  text += with_margin(table.text(ui::page_width() - k_margin.size(), ui::Titles::none));
  if (shown < count) text += std::string(k_margin) + "and " + base::grouped(count - shown) + " more, with --all\n";
  return text;
}

// A line of `table` for each request, and beneath it what it asks for and why, however long.
std::string lone_text(const ui::Table& table, const std::vector<const vault::Request*>& requests) {
  if (requests.empty()) return "";
  const std::string lines = table.text(ui::page_width());
  std::size_t from = lines.find('\n') + 1;
  std::string text = lines.substr(0, from);
  for (const vault::Request* request : requests) {
    const std::size_t end = lines.find('\n', from) + 1;
    const vault::Wish& wish = request->wish;
    text += lines.substr(from, end - from) + "    " +
            base::display(wish.invocation.argv.empty() ? wish_line(wish) : command_text(wish), k_widest_words) + "\n";
    if (!request->reason.empty()) text += "    for: " + base::quoted(request->reason, k_widest_words) + "\n";
    from = end;
  }
  return text;
}

}  // namespace

std::string waiting_words(const vault::Request& request, base::UnixTime now) {
  return is_waited_for(request, now) ? "waiting now" : "asked " + roughly(now - request.asked) + " ago, not waiting";
}

std::string group_line(const RequestGroup& group, const std::string& home) {
  return base::display(group.agent) + " wants " + std::string(model::to_text(group.action)) + " in " +
         ui::short_path(group.directory, home) + ": " + base::counted(group.requests.size(), "request", "requests") +
         ", " + model::to_text(total_effect(group));
}

std::string pending_text(const std::vector<RequestGroup>& groups, const std::string& home, base::UnixTime now,
                         Lines lines) {
  std::string text;
  ui::Table table({{"ID"}, {"AGENT", 1}, {"STATE"}, {"EFFECT", 2}});
  std::vector<const vault::Request*> alone;
  for (const RequestGroup& group : groups) {
    if (group.requests.size() > 1) {
      text += group_text(group, home, now, lines);
      continue;
    }
    const vault::Request& request = group.requests.front();
    alone.push_back(&request);
    table.add_row({request.id.brief(), group.agent, waiting_words(request, now), effect_words(request)});
  }
  return text + lone_text(table, alone);
}

Json groups_json(const std::vector<RequestGroup>& groups, base::UnixTime now) {
  Json all = Json::array();
  for (const RequestGroup& group : groups) {
    const model::EffectSummary effect = total_effect(group);
    Json json;
    json["agent"] = group.agent;
    json["action"] = model::to_text(group.action);
    json["directory"] = group.directory.empty() ? Json() : Json(json_text(group.directory));
    json["requests"] = Json::array();
    for (const vault::Request& request : group.requests) json["requests"].push_back(request.id.hex());
    json["waiting"] = count_waiting(group, now);
    json["files"] = effect.files;
    json["directories"] = effect.directories;
    json["bytes"] = effect.bytes;
    json["complete"] = effect.completeness == model::Completeness::whole;
    all.push_back(std::move(json));
  }
  return all;
}

}  // namespace pvm::pvmctl
