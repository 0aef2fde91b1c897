// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/callbacks/parts.hpp"

#include <algorithm>
#include <set>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "pvmctl/notify/markup.hpp"

namespace pvm::notify::callbacks {
namespace {

constexpr std::size_t k_most_header_bytes = 4096;
constexpr std::size_t k_most_depth = 32;
constexpr std::size_t k_most_note = 500;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_same_name(std::string_view a, std::string_view lower_b) {
  return a.size() == lower_b.size() && std::equal(a.begin(), a.end(), lower_b.begin(), [](char x, char y) { return lower(x) == y; });
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// The first word of `text`, which is then left without it.
std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find_first_of(" \t"));
  text = trimmed(text.substr(word.size()));
  return word;
}

}  // namespace

base::Failure untrusted(const char* why) { return base::fail(base::Code::untrusted, why); }
base::Failure malformed(const char* why) { return base::fail(base::Code::malformed, why); }

base::Result<std::string_view> only_header(const Incoming& incoming, std::string_view name) {
  const std::string* found = nullptr;
  for (const auto& [key, value] : incoming.headers) {
    if (!is_same_name(key, name)) continue;
    if (found != nullptr) return untrusted("a header stands there twice");
    found = &value;
  }
  if (found == nullptr) return untrusted("a header is not there");
  if (found->size() > k_most_header_bytes) return untrusted("a header is too long");
  return std::string_view(*found);
}

base::Result<void> check_size(std::string_view body) {
  if (body.size() > k_most_callback_bytes) return base::fail(base::Code::limit, "it is too large");
  return {};
}

base::Result<void> check_time(std::string_view timestamp, base::UnixTime now) {
  const auto seconds = base::parse_decimal(timestamp, INT64_MAX / 2);
  if (!seconds) return untrusted("its time is none");
  const auto distance = static_cast<std::int64_t>(*seconds) - base::unix_seconds(now);
  const bool is_near = distance <= k_callback_skew.count() && -distance <= k_callback_skew.count();
  return is_near ? base::Result<void>() : base::Result<void>(untrusted("its time is too far from ours"));
}

bool is_one_of(std::string_view given, const std::vector<Secret>& secrets) {
  bool is_one = false;
  for (const Secret& secret : secrets) is_one = secret.is(given) || is_one;
  return is_one;
}

base::Result<Json> parse_object(std::string_view text) {
  bool is_good = true;
  std::vector<std::set<std::string>> open;
  std::size_t depth = 0;
  const auto look = [&](int, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) ++depth;
    if (event == Event::object_end || event == Event::array_end) --depth;
    if (depth > k_most_depth) is_good = false;
    if (event == Event::object_start) open.emplace_back();
    if (event == Event::object_end && !open.empty()) open.pop_back();
    if (event == Event::key && !open.empty() && !open.back().insert(parsed.get<std::string>()).second) is_good = false;
    return is_good;
  };
  Json parsed = Json::parse(text, look, false);
  if (!is_good || parsed.is_discarded() || !parsed.is_object()) return malformed("it is not the JSON that it should be");
  return parsed;
}

std::string text_of(const Json& object, const char* name, std::size_t most) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return {};
  const auto& text = found->get_ref<const std::string&>();
  return text.size() <= most ? text : std::string();
}

const Json& object_of(const Json& object, const char* name) {
  static const Json k_none = Json::object();
  const auto found = object.find(name);
  return found != object.end() && found->is_object() ? *found : k_none;
}

std::string number_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->dump() : std::string();
}

bool is_button_secret(std::string_view text) {
  return text.size() >= 16 && text.size() <= 40 &&
         text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
}

bool is_person(std::string_view text) { return !text.empty() && text.size() <= 254 && base::is_plain(text); }

std::optional<Answered> from_parts(std::string_view decision, std::string_view secret) {
  Answered answered;
  if (decision == "once") {
    answered.decision = Decision::approve_once;
  } else if (decision == "30m") {
    answered.decision = Decision::approve_30m;
  } else if (decision == "deny") {
    answered.decision = Decision::deny;
  } else {
    return std::nullopt;
  }
  if (!is_button_secret(secret)) return std::nullopt;
  answered.secret = secret;
  return answered;
}

std::optional<Answered> from_button(std::string_view data) {
  const auto dot = data.find('.');
  return dot == std::string_view::npos ? std::nullopt : from_parts(data.substr(0, dot), data.substr(dot + 1));
}

std::optional<Answered> from_words(std::string_view line) {
  if (!base::is_utf8(line)) return std::nullopt;
  line = trimmed(line);
  const std::string_view word = take_word(line);
  const std::string_view secret = take_word(line);
  const bool is_denial = is_same_name(word, "deny");
  const std::string_view kind = is_same_name(word, "approve") ? "once" : is_same_name(word, "30m") ? "30m" : is_denial ? "deny" : "";
  auto answered = from_parts(kind, secret);
  if (!answered || (!is_denial && !line.empty())) return std::nullopt;  // "approve CODE, but not …" approves nothing
  answered->note = cut(line, k_most_note);
  return answered;
}

}  // namespace pvm::notify::callbacks
