// SPDX-License-Identifier: Apache-2.0
#include "libpvm/crypto/allowed_signers.hpp"

#include <algorithm>
#include <utility>

#include "libpvm/base/text.hpp"
#include "libpvm/crypto/sha256.hpp"
#include "libpvm/crypto/ssh_wire.hpp"

namespace pvm::crypto {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view k_blanks = " \t";
// ssh gives up on a list, and on what it matched before, at a longer pattern.
constexpr std::size_t k_pattern_max_bytes = 1022;

Result<void> malformed(std::string message) {
  return fail(Code::malformed, std::move(message));
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

void skip_blanks(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(k_blanks), line.size()));
}

std::string_view first_word(std::string_view line) {
  return line.substr(0, line.find_first_of(k_blanks));
}

std::string_view cut_word(std::string_view& line) {
  const std::string_view word = first_word(line);
  line.remove_prefix(word.size());
  skip_blanks(line);
  return word;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

Result<std::vector<std::string>> split_patterns(std::string_view list) {
  std::vector<std::string> patterns;
  for (;;) {
    const std::string_view pattern = list.substr(0, list.find(','));
    if (pattern.empty() || pattern == "!") return fail(Code::malformed, "an empty name in a list");
    if (pattern.size() > k_pattern_max_bytes) return fail(Code::malformed, "a name in a list is too long");
    patterns.emplace_back(pattern);
    if (pattern.size() == list.size()) return patterns;
    list.remove_prefix(pattern.size() + 1);
  }
}

// YYYYMMDD[Z] or YYYYMMDDHHMM[SS][Z], after the start of 1970; nullopt for anything else.
std::optional<base::UnixTime> parse_timestamp(std::string_view text) {
  const bool is_utc = text.ends_with('Z');
  if (is_utc) text.remove_suffix(1);
  if (text.size() != 8 && text.size() != 12 && text.size() != 14) return std::nullopt;
  if (!std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;

  const auto two_digits_at = [text](std::size_t at) {
    return at < text.size() ? (text[at] - '0') * 10 + (text[at + 1] - '0') : 0;
  };
  std::tm parts{};
  parts.tm_year = two_digits_at(0) * 100 + two_digits_at(2) - 1900;
  parts.tm_mon = two_digits_at(4) - 1;
  parts.tm_mday = two_digits_at(6);
  parts.tm_hour = two_digits_at(8);
  parts.tm_min = two_digits_at(10);
  parts.tm_sec = two_digits_at(12);
  const auto time = is_utc ? base::from_utc(parts) : base::from_machine_time(parts);
  if (!time || base::unix_seconds(*time) <= 0) return std::nullopt;
  return time;
}

struct Option {
  std::string name;  // lower case
  std::string_view value;
};

Result<Option> cut_option(std::string_view& line) {
  const std::string_view written = line.substr(0, line.find_first_of("=, \t"));
  Option option{lower_case(written), {}};
  line.remove_prefix(written.size());
  if (option.name == "cert-authority") return fail(Code::malformed, "cert-authority is not supported");
  if (option.name != "namespaces" && option.name != "valid-after" && option.name != "valid-before") {
    return fail(Code::malformed, "unknown key type or option " + base::quoted(written, 80));
  }

  if (!line.starts_with("=\"")) return fail(Code::malformed, option.name + " needs a value in quotes");
  line.remove_prefix(2);
  const std::size_t end = line.find('"');
  if (end == std::string_view::npos) return fail(Code::malformed, option.name + ": no closing quote");
  option.value = line.substr(0, end);
  if (option.value.find('\\') != std::string_view::npos) {
    return fail(Code::malformed, option.name + ": a backslash in the value");
  }
  line.remove_prefix(end + 1);
  return option;
}

Result<void> set_namespaces(std::string_view value, AllowedSigner& signer) {
  if (!signer.namespaces.empty()) return malformed("namespaces is given twice");
  auto patterns = split_patterns(value);
  if (!patterns) return base::pass_on(std::move(patterns));
  signer.namespaces = std::move(*patterns);
  return {};
}

Result<void> set_time(const Option& option, std::optional<base::UnixTime>& time) {
  if (time) return malformed(option.name + " is given twice");
  time = parse_timestamp(option.value);
  if (!time) return malformed(option.name + ": not a time: " + base::quoted(option.value, 80));
  return {};
}

Result<void> set_option(const Option& option, AllowedSigner& signer) {
  if (option.name == "namespaces") return set_namespaces(option.value, signer);
  return set_time(option, option.name == "valid-after" ? signer.valid_after : signer.valid_before);
}

Result<void> parse_options(std::string_view& line, AllowedSigner& signer) {
  for (;;) {
    const auto option = cut_option(line);
    if (!option) return base::pass_on(option);
    if (auto set = set_option(*option, signer); !set) return set;
    if (!line.starts_with(',')) break;
    line.remove_prefix(1);
  }
  if (!line.empty() && !is_blank(line.front())) return malformed("no comma between two options");
  skip_blanks(line);
  if (signer.valid_after && signer.valid_before && *signer.valid_before <= *signer.valid_after) {
    return malformed("valid-before is not after valid-after");
  }
  return {};
}

Result<void> parse_key(std::string_view& line, AllowedSigner& signer) {
  signer.key_type = cut_word(line);
  if (signer.key_type.empty()) return malformed("no key");
  if (!is_known_key_type(signer.key_type)) {
    return malformed("unknown key type " + base::quoted(signer.key_type, 80));
  }
  auto blob = base::from_base64(cut_word(line));
  const auto key = blob ? parse_public_key(base::as_text(*blob)) : std::nullopt;
  if (!key || key->type != signer.key_type) return malformed("the key is damaged");
  signer.key_blob = std::move(*blob);
  return {};
}

Result<AllowedSigner> parse_entry(std::string_view line) {
  AllowedSigner signer;
  const std::string_view principals = cut_word(line);
  if (principals.find('"') != std::string_view::npos) {
    return fail(Code::malformed, "a quote among the principals");
  }
  auto patterns = split_patterns(principals);
  if (!patterns) return base::pass_on(std::move(patterns));
  signer.principals = std::move(*patterns);

  if (!line.empty() && !is_known_key_type(first_word(line))) {
    if (auto options = parse_options(line, signer); !options) return base::pass_on(std::move(options));
  }
  if (auto key = parse_key(line, signer); !key) return base::pass_on(std::move(key));
  signer.comment = line;
  return signer;
}

// nullopt for a blank line or a comment.
Result<std::optional<AllowedSigner>> parse_line(std::string_view line) {
  if (std::any_of(line.begin(), line.end(), is_control)) {
    return fail(Code::malformed, "a control byte", "lines end in a line feed alone");
  }
  skip_blanks(line);
  line = line.substr(0, line.find_last_not_of(k_blanks) + 1);
  if (line.empty() || line.front() == '#') return std::nullopt;
  auto entry = parse_entry(line);
  if (!entry) return base::pass_on(std::move(entry));
  return std::move(*entry);
}

// `*` any run of bytes, `?` one byte. On a mismatch only the last star moves on: time is bounded by the
// product.
bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t after_star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      after_star = ++p;
      star_text = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (after_star != std::string_view::npos) {
      p = after_star;
      t = ++star_text;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

// ssh's rule for a list: some pattern matches, and none with `!` before it does.
bool matches_list(const std::vector<std::string>& patterns, std::string_view text) {
  if (text.empty() || text.find('\0') != std::string_view::npos) return false;
  bool is_matched = false;
  for (const std::string_view pattern : patterns) {
    const bool is_negated = pattern.starts_with('!');
    if (!matches(pattern.substr(is_negated ? 1 : 0), text)) continue;
    if (is_negated) return false;
    is_matched = true;
  }
  return is_matched;
}

}  // namespace

Result<std::vector<AllowedSigner>> parse_allowed_signers(std::string_view text) {
  std::vector<AllowedSigner> signers;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    auto entry = parse_line(line);
    if (!entry) {
      base::Error error = std::move(entry).error();
      error.message.insert(0, "allowed_signers line " + std::to_string(number) + ": ");
      return fail(error.code, std::move(error.message), std::move(error.hint));
    }
    if (!*entry) continue;
    (*entry)->line = number;
    signers.push_back(std::move(**entry));
  }
  return signers;
}

bool has_principal(const AllowedSigner& signer, std::string_view principal) {
  return matches_list(signer.principals, principal);
}

bool has_namespace(const AllowedSigner& signer, std::string_view name_space) {
  return matches_list(signer.namespaces, name_space);
}

bool is_valid_at(const AllowedSigner& signer, base::UnixTime at) {
  return (!signer.valid_after || *signer.valid_after <= at) &&
         (!signer.valid_before || at < *signer.valid_before);
}

std::string fingerprint(const base::Bytes& key_blob) {
  std::string digest = base::to_base64(sha256(base::as_text(key_blob)));
  digest.erase(digest.find_last_not_of('=') + 1);
  return "SHA256:" + digest;
}

}  // namespace pvm::crypto
