// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/wording.hpp"

#include <algorithm>

#include "libpvm/base/text.hpp"

namespace pvm::notify {
namespace {

constexpr std::size_t k_most_verdict = 160;

// `door` where it is a link that means nothing else in any service's markup.
std::string safe_link(std::string_view door) {
  const bool is_http = door.starts_with("https://") || door.starts_with("http://");
  const bool is_good = is_http && door.size() <= 500 && std::all_of(door.begin(), door.end(), [](char c) {
    return c > ' ' && c <= '~' && std::string_view("\"'<>\\^`{|}*").find(c) == std::string_view::npos;
  });
  return is_good ? std::string(door) : std::string();
}

}  // namespace

std::string Lines::body() const {
  std::string text;
  for (const std::string* line : {&effect, &reason, &life, &more, &door}) {
    if (line->empty()) continue;
    if (!text.empty()) text += "\n";
    text += *line;
  }
  return text;
}

Lines lines_of(const Message& message, base::UnixTime now, const Verdict* verdict, Escape escape, const Room& room) {
  const std::string agent = escape(message.agent, room.agent);
  Lines lines;
  lines.headline = agent + " wants " + escape(message.action, 32);
  lines.effect = escape(message.effect, room.effect);
  lines.reason = message.reason.empty() ? agent + " gave no reason"
                                        : "in the words of " + agent + ": " + escape(message.reason, room.reason);
  const std::string request = escape(message.request.substr(0, 8), 8);
  if (verdict != nullptr) {
    lines.life = escape(verdict->words, k_most_verdict) + ", " + base::iso_time(verdict->time) + " (request " + request + ")";
    return lines;
  }
  lines.life = "until " + base::iso_time(message.expires) + ", in " + base::human_duration(message.expires - now) + " (request " +
               request + ")";
  if (message.more > 0) {
    lines.more = "and " + base::counted(message.more, "more request", "more requests") + " of " + agent;
  }
  lines.door = safe_link(message.door);
  return lines;
}

std::string answer_words(const Message& message) {
  return "approve " + message.buttons->approve_once + "\n30m " + message.buttons->approve_30m + "\ndeny " + message.buttons->deny;
}

}  // namespace pvm::notify
