// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/secret_shapes.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace pvm::model {
namespace {

constexpr std::size_t k_none = std::string_view::npos;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool is_alnum(char c) {
  return is_digit(c) || is_upper(c) || is_lower(c);
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_quote(char c) {
  return c == '"' || c == '\'' || c == '`';
}
bool is_space(char c) {
  return static_cast<unsigned char>(c) <= 0x20;
}
char lower(char c) {
  return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}

// Whether `word` stands at `at`. REQUIRES: at < text.size(), and `word` is not empty; so too below.
bool has_at(std::string_view text, std::size_t at, std::string_view word) {
  return text[at] == word[0] && text.substr(at, word.size()) == word;
}

// The same, in any case; `word` is in lower case.
bool has_name_at(std::string_view text, std::size_t at, std::string_view word) {
  if (lower(text[at]) != word[0]) return false;
  const std::string_view here = text.substr(at, word.size());
  return std::equal(here.begin(), here.end(), word.begin(), word.end(),
                    [](char a, char b) { return lower(a) == b; });
}

// The end of the run of alphanumerics and bytes of `extra` at `at`.
std::size_t run_end(std::string_view text, std::size_t at, std::string_view extra) {
  while (at < text.size() && (is_alnum(text[at]) || extra.find(text[at]) != k_none)) ++at;
  return at;
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(" \t", at), text.size());
}

// The end of a value without quotes.
std::size_t word_end(std::string_view text, std::size_t at) {
  while (at < text.size() && !is_space(text[at]) && !is_quote(text[at]) && text[at] != '&') ++at;
  return at;
}

// Whether `text` could stand in a sentence: up to 15 letters, of which only the first may be a capital.
bool is_prose(std::string_view text) {
  if (text.ends_with('.') || text.ends_with(',')) text.remove_suffix(1);
  if (text.empty() || text.size() > 15 || !(is_lower(text[0]) || is_upper(text[0]))) return false;
  return std::all_of(text.begin() + 1, text.end(), is_lower);
}

// Whether a run is no row of lower-case words, judged by its first 64 bytes: a digit, a capital, or 16
// letters without a break.
bool looks_random(std::string_view run) {
  std::size_t unbroken = 0;
  for (const char c : run.substr(0, 64)) {
    unbroken = is_alnum(c) ? unbroken + 1 : 0;
    if (is_digit(c) || is_upper(c) || unbroken == 16) return true;
  }
  return false;
}

// ---- tokens with a fixed beginning

enum class Prefix { goes, stays };

struct TokenShape {
  std::string_view announcers;               // the first bytes of the prefixes
  std::array<std::string_view, 6> prefixes;  // as many as are not empty
  std::size_t least;                         // bytes that must follow the prefix
  std::string_view extra;                    // what may follow besides alphanumerics
  Prefix fate = Prefix::goes;
};

constexpr std::array<TokenShape, 16> k_token_shapes = {{
    {"g", {"ghp_", "gho_", "ghu_", "ghs_", "ghr_"}, 36, ""},
    {"g", {"github_pat_"}, 22, "_"},
    {"g", {"glpat-", "gldt-", "glrt-"}, 20, "_-."},
    {"x", {"xoxa-", "xoxb-", "xoxe-", "xoxp-", "xoxr-", "xoxs-"}, 10, "-"},
    {"x", {"xapp-"}, 10, "-"},
    {"A", {"AKIA", "ASIA"}, 16, ""},
    {"A", {"AIza"}, 35, "_-"},
    {"G", {"GOCSPX-"}, 20, "_-"},
    {"y", {"ya29."}, 20, "_-."},
    {"n", {"npm_"}, 36, ""},
    {"p", {"pypi-AgE"}, 16, "_-"},
    {"h", {"hf_"}, 34, ""},
    {"sr", {"sk_live_", "sk_test_", "rk_live_", "rk_test_"}, 16, ""},
    {"h", {"hooks.slack.com/services/", "hooks.slack.com/workflows/"}, 1, "_-/", Prefix::stays},
    {"h", {"hooks.slack.com/triggers/"}, 1, "_-/", Prefix::stays},
    {"d", {"discord.com/api/webhooks/", "discordapp.com/api/webhooks/"}, 1, "_-/", Prefix::stays},
}};

template <std::size_t shape_number>
Span find_token(std::string_view text, std::size_t at) {
  constexpr const TokenShape& shape = k_token_shapes[shape_number];
  for (const std::string_view prefix : shape.prefixes) {
    if (prefix.empty()) break;
    if (!has_at(text, at, prefix)) continue;
    const std::size_t body = at + prefix.size();
    const std::size_t end = run_end(text, body, shape.extra);
    if (end - body >= shape.least) return {shape.fate == Prefix::goes ? at : body, end};
  }
  return {};
}

// Whether a word may begin at `at`: after no alphanumeric, or after a whole escape (\n, %3D).
bool is_word_start(std::string_view text, std::size_t at) {
  if (at == 0 || !is_alnum(text[at - 1])) return true;
  if (at >= 2 && text[at - 2] == '\\') return true;
  return at >= 3 && text[at - 3] == '%' && is_hex(text[at - 2]) && is_hex(text[at - 1]);
}

// OpenAI, Anthropic and those who copied them. The prefix is so short that it takes a look at what is around.
Span find_sk_token(std::string_view text, std::size_t at) {
  if (!has_at(text, at, "sk-") || !is_word_start(text, at)) return {};
  constexpr std::size_t k_decisive = 64;
  const std::size_t body = at + 3;
  const std::string_view head = text.substr(body, k_decisive);
  const std::string_view run = head.substr(0, run_end(head, 0, "_-"));
  if (run.size() < 20 || !looks_random(run)) return {};
  return {at, run_end(text, body, "_-")};
}

// HEADER.PAYLOAD.SIGNATURE in base64url, both objects, so both begin with eyJ. Found at the first dot.
Span find_json_web_token(std::string_view text, std::size_t at) {
  constexpr std::string_view k_extra = "_-";
  if (!has_at(text, at, ".eyJ")) return {};
  std::size_t begin = at;
  for (std::size_t i = at; i > 0 && run_end(text.substr(i - 1, 1), 0, k_extra) == 1; --i) {
    if (has_at(text, i - 1, "eyJ")) begin = i - 1;
  }
  if (begin == at) return {};
  return {begin, run_end(text, at, "_-.")};
}

// 8 to 10 digits, a colon, 35 characters (not a time before a commit id or a UUID). Found at the colon.
Span find_telegram_token(std::string_view text, std::size_t at) {
  constexpr std::size_t k_body = 35;
  if (text[at] != ':') return {};
  std::size_t begin = at;
  while (begin > 0 && at - begin < 10 && is_digit(text[begin - 1])) --begin;
  if (at - begin < 8) return {};
  const std::string_view body = text.substr(at + 1, k_body);
  if (run_end(body, 0, "_-") != k_body) return {};
  if (std::all_of(body.begin(), body.end(), [](char c) { return is_hex(c) || c == '-'; })) return {};
  return {begin, run_end(text, at + 1, "_-")};
}

// ---- named values

enum class Colon { counts, counts_in_compounds };  // "unexpected token: x" is prose, "auth-token: x" is not

struct ValueName {
  std::string_view name;  // in lower case; any word may end in it
  Colon colon = Colon::counts;
};

constexpr std::array k_value_names = {
    ValueName{"password"},
    ValueName{"passwd"},
    ValueName{"passphrase"},
    ValueName{"api_key"},
    ValueName{"api-key"},
    ValueName{"apikey"},
    ValueName{"api key"},
    ValueName{"access_key"},
    ValueName{"secret_key"},
    ValueName{"token", Colon::counts_in_compounds},
    ValueName{"secret", Colon::counts_in_compounds},
};

// Past a quote, also one written \" as in JSON within JSON; `at` when there is none.
std::size_t skip_quote(std::string_view text, std::size_t at) {
  const std::size_t quote = text.find_first_not_of('\\', at);
  return quote != k_none && is_quote(text[quote]) ? quote + 1 : at;
}

// Where the value begins after a name that ends at `at` (name=, "name" =, "name":, name: ); k_none: none
// does.
std::size_t value_start(std::string_view text, std::size_t at) {
  const std::size_t name_end = skip_quote(text, at);
  const std::size_t mark = skip_blanks(text, name_end);
  if (mark == text.size()) return k_none;
  if (text[mark] == '=') return skip_blanks(text, std::min(text.find_first_not_of('=', mark), text.size()));
  if (text[mark] != ':') return k_none;
  const std::size_t next = mark + 1;
  const std::size_t value = skip_blanks(text, next);
  return name_end > at || value > next || skip_quote(text, next) > next ? value : k_none;
}

// The value that begins at `at`: to the closing quote or the end of the line, or else one word.
Span value_at(std::string_view text, std::size_t at) {
  const std::size_t begin = skip_quote(text, at);
  if (begin == at) return {at, word_end(text, at)};
  const bool escaped_quotes = begin > at + 1;
  std::size_t end = begin;
  while (end < text.size() && text[end] != text[begin - 1] && text[end] != '\n') {
    end += text[end] == '\\' && !escaped_quotes ? 2U : 1U;
  }
  end = std::min(end, text.size());
  while (escaped_quotes && end > begin && text[end - 1] == '\\') --end;
  return {begin, end};
}

Span find_named_value(std::string_view text, std::size_t at) {
  const bool in_compound = at > 0 && (text[at - 1] == '_' || text[at - 1] == '-');
  for (const ValueName& name : k_value_names) {
    if (!has_name_at(text, at, name.name)) continue;
    const std::size_t name_end = at + name.name.size();
    const std::size_t value = value_start(text, name_end);
    if (value == k_none) continue;
    const bool in_prose = text.substr(name_end, 1) == ":" && !in_compound;
    if (in_prose && name.colon == Colon::counts_in_compounds) continue;
    return value_at(text, value);
  }
  return {};
}

// ---- HTTP

Span find_bearer(std::string_view text, std::size_t at) {
  constexpr std::string_view k_scheme = "bearer";
  if (!has_name_at(text, at, k_scheme)) return {};
  const std::size_t scheme_end = at + k_scheme.size();
  const std::size_t begin = skip_blanks(text, scheme_end);
  if (begin == scheme_end) return {};
  const Span token = {begin, run_end(text, begin, "._~+/=-")};
  return is_prose(text.substr(begin, token.end - begin)) ? Span{} : token;
}

// Authorization: SCHEME X, or X alone.
Span find_authorization(std::string_view text, std::size_t at) {
  constexpr std::string_view k_header = "authorization";
  constexpr std::array<std::string_view, 4> k_schemes = {"basic", "bearer", "token", "bot"};
  if (!has_name_at(text, at, k_header)) return {};
  const std::size_t value = value_start(text, at + k_header.size());
  if (value == k_none) return {};
  const std::size_t first = skip_quote(text, value);
  const std::size_t first_end = word_end(text, first);
  const std::string_view scheme = text.substr(first, first_end - first);
  if (!is_prose(scheme)) return {first, first_end};
  const bool known = std::any_of(k_schemes.begin(), k_schemes.end(), [&](std::string_view one) {
    return one.size() == scheme.size() && has_name_at(scheme, 0, one);
  });
  const std::size_t second = skip_blanks(text, first_end);
  const Span credentials = {second, word_end(text, second)};
  if (second == first_end) return {};
  return known || !is_prose(text.substr(second, credentials.end - second)) ? credentials : Span{};
}

// USER:PASSWORD after "://" and before '@' (RFC 3986 section 3.2.1). Passwords with a raw '?', '#' or '\''
// are seen too, as some programs take them. Found at "://".
Span find_user_info(std::string_view text, std::size_t at) {
  if (at == 0 || !is_alnum(text[at - 1]) || !has_at(text, at, "://")) return {};
  const std::size_t begin = at + 3;
  std::size_t colon = k_none;
  std::size_t end = begin;
  for (std::size_t i = begin; i < text.size(); ++i) {
    const char c = text[i];
    if (is_space(c) || c == '/' || c == '"') break;
    if ((c == '?' || c == '#') && colon == k_none) break;
    if (c == ':' && colon == k_none) colon = i;
    if (c == '@') end = i;
  }
  if (colon < end) return {begin, end};
  const bool is_http = at >= 4 && (has_name_at(text, at - 4, "http") || has_name_at(text, at - 4, "ttps"));
  const std::string_view user = text.substr(begin, end - begin);
  return is_http && user.size() >= 20 && looks_random(user) ? Span{begin, end} : Span{};
}

// ---- private keys

// A block of RFC 7468, of OpenSSH or of PGP; to the end of the text when its last line is missing or garbled.
Span find_private_key(std::string_view text, std::size_t at) {
  constexpr std::string_view k_begin = "-----BEGIN ";
  constexpr std::string_view k_dashes = "-----";
  if (!has_at(text, at, k_begin)) return {};
  const std::string_view rest = text.substr(at + k_begin.size(), 64);
  const std::string_view label = rest.substr(0, rest.find(k_dashes));
  if (label.find("PRIVATE KEY") == k_none) return {};
  const std::string last_line = "-----END " + std::string(label) + "-----";
  const std::size_t end = text.find(last_line, at);
  return {at, end == k_none ? text.size() : end + last_line.size()};
}

constexpr std::array<Finder, 7> k_other_finders = {{
    {".", find_json_web_token},
    {":", find_telegram_token},
    {"PpAaTtSs", find_named_value},
    {"Bb", find_bearer},
    {"Aa", find_authorization},
    {":", find_user_info},
    {"-", find_private_key},
}};

// What follows a token at once may have given it its last letters: "ghp_...ghp_..." is two. So the next one may begin as
// far before the end of one as the longest prefix is long.
constexpr std::size_t k_longest_prefix = std::string_view("discordapp.com/api/webhooks/").size();

template <std::size_t... shape_numbers>
constexpr auto with_token_finders(std::index_sequence<shape_numbers...>) {
  std::array<Finder, sizeof...(shape_numbers) + k_other_finders.size()> all = {
      {{k_token_shapes[shape_numbers].announcers, find_token<shape_numbers>, k_longest_prefix}...}};
  std::copy(k_other_finders.begin(), k_other_finders.end(), all.begin() + sizeof...(shape_numbers));
  return all;
}

constexpr auto k_finders = with_token_finders(std::make_index_sequence<k_token_shapes.size()>());
static_assert(k_finders.size() <= k_most_finders);
// After all others, for what begins where something was removed.
constexpr std::array<Finder, 1> k_last_finders = {{{"s", find_sk_token}}};

}  // namespace

std::span<const Finder> finders() {
  return k_finders;
}
std::span<const Finder> last_finders() {
  return k_last_finders;
}

}  // namespace pvm::model
