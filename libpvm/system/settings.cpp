// SPDX-License-Identifier: Apache-2.0
#include "libpvm/system/settings.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "libpvm/base/text.hpp"

namespace pvm::system {
namespace {

// Sets one value, or says what is wrong with it ("must be …"); empty: all is well.
using Setter = std::string (*)(Settings&, std::string_view);

template <bool Settings::*member>
std::string set_bool(Settings& settings, std::string_view value) {
  if (value != "true" && value != "false") return "must be true or false";
  settings.*member = value == "true";
  return {};
}

template <base::Seconds Settings::*member, int most_hours>
std::string set_life(Settings& settings, std::string_view value) {
  constexpr base::Seconds most{std::int64_t{most_hours} * 3600};
  const auto life = base::parse_duration(value);
  if (!life || *life > most) {
    return "must be a time such as 90s, 30m, 12h, 7d or 2w, at most " + base::human_duration(most);
  }
  settings.*member = *life;
  return {};
}

// A path that YAML reads as the same plain scalar.
bool is_plain_path(std::string_view value) {
  return value.starts_with('/') && !value.ends_with(':') && value.find(": ") == std::string_view::npos;
}

template <std::optional<std::string> Settings::*member>
std::string set_path(Settings& settings, std::string_view value) {
  if (!is_plain_path(value)) return "must be an absolute path without quotes, and without ': '";
  settings.*member = std::string(value);
  return {};
}

// What some YAML reader takes for a truth value, a number or nothing; without a '@' a name must look like
// none.
bool is_name_in_yaml(std::string_view value) {
  constexpr std::array<std::string_view, 9> k_words = {"null", "true", "false", "yes", "no",
                                                       "on",   "off",  "y",     "n"};
  if (value.find('@') != std::string_view::npos) return true;
  std::string lower(value);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (lower.front() < 'a' || lower.front() > 'z') return false;
  return std::find(k_words.begin(), k_words.end(), lower) == k_words.end();
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string set_principal(Settings& settings, std::string_view value) {
  const bool is_good =
      is_letter_or_digit(value.front()) && is_name_in_yaml(value) &&
      std::all_of(value.begin(), value.end(), [](char c) {
        return is_letter_or_digit(c) || std::string_view("._@+/=-").find(c) != std::string_view::npos;
      });
  if (!is_good) return "must be a name such as alice@host, of letters, digits and ._@+/=-";
  settings.principal = std::string(value);
  return {};
}

struct Key {
  std::string_view name;
  Setter set;
};

constexpr std::array<Key, 11> k_keys = {{
    {"approve_without_terminal", set_bool<&Settings::approve_without_terminal>},
    {"use_ssh_agent", set_bool<&Settings::use_ssh_agent>},
    {"unattended", set_bool<&Settings::unattended>},
    {"key", set_path<&Settings::key>},
    {"principal", set_principal},
    {"vault", set_path<&Settings::vault>},
    {"request_life", set_life<&Settings::request_life, 30 * 24>},
    {"once_life", set_life<&Settings::once_life, 12>},
    {"for_limit", set_life<&Settings::for_limit, 12>},
    {"allow_life", set_life<&Settings::allow_life, 90 * 24>},
    {"allow_limit", set_life<&Settings::allow_limit, 90 * 24>},
}};

// The commands that PVM starts.
constexpr std::array<std::string_view, 6> k_commands = {"gio", "git", "rm", "ssh", "ssh-keygen", "trash-put"};

// `line` without a comment and without the spaces before it or at its end.
std::string_view without_comment(std::string_view line) {
  const auto comment = line.starts_with('#') ? 0 : line.find(" #");
  line = line.substr(0, comment);
  const auto last = line.find_last_not_of(' ');
  return last == std::string_view::npos ? std::string_view() : line.substr(0, last + 1);
}

class Reader {
 public:
  // What is wrong with `line`; empty: nothing.
  std::string read_line(std::string_view line) {
    if (!base::is_plain(line)) return "has a tab, a backslash or a byte that cannot be shown";
    line = without_comment(line);
    if (line.empty()) return {};
    const auto indent = line.find_first_not_of(' ');
    if (indent != 0 && !(indent == 2 && is_in_real_)) return "is indented where nothing can be nested";
    line.remove_prefix(indent);

    const auto colon = std::min(line.find(':'), line.size());
    const std::string_view name = line.substr(0, colon);
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    if (colon == line.size() || (!value.empty() && value.front() != ' ')) return "is not 'key: value'";
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    return indent == 0 ? read_key(name, value) : read_command(name, value);
  }

  Settings take() { return std::move(settings_); }

 private:
  std::string read_key(std::string_view name, std::string_view value) {
    const std::string quoted = base::quoted(name, 64);
    is_in_real_ = name == "real";
    const auto key =
        std::find_if(k_keys.begin(), k_keys.end(), [name](const Key& k) { return k.name == name; });
    if (!is_in_real_ && key == k_keys.end()) return "has the unknown key " + quoted;
    if (!seen_.emplace(name).second) return "repeats " + quoted;
    if (is_in_real_) return value.empty() ? "" : "must end after 'real:'";
    const std::string complaint = value.empty() ? "must have a value" : key->set(settings_, value);
    return complaint.empty() ? "" : quoted + " " + complaint;
  }

  std::string read_command(std::string_view name, std::string_view value) {
    const std::string quoted = base::quoted(name, 64);
    if (std::find(k_commands.begin(), k_commands.end(), name) == k_commands.end()) {
      return "has the unknown command " + quoted;
    }
    if (!is_plain_path(value)) return quoted + " must be an absolute path without quotes, and without ': '";
    if (!settings_.real.emplace(name, value).second) return "repeats " + quoted;
    return {};
  }

  Settings settings_;
  std::set<std::string, std::less<>> seen_;
  bool is_in_real_ = false;
};

}  // namespace

base::Result<Settings> parse_settings(std::string_view text) {
  Reader reader;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string complaint = reader.read_line(text.substr(0, end));
    if (!complaint.empty()) {
      return base::fail(base::Code::malformed,
                        "config.yaml line " + std::to_string(number) + ": " + complaint);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return reader.take();
}

}  // namespace pvm::system
