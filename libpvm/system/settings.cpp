// SPDX-License-Identifier: Apache-2.0
#include "libpvm/system/settings.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "libpvm/base/text.hpp"
#include "libpvm/system/settings_block.hpp"

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

// A name with a letter in it that no YAML reader takes for anything else; without dots at its ends.
bool is_host(std::string_view value) {
  const bool has_host_bytes = std::all_of(value.begin(), value.end(), [](char c) {
    return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_';
  });
  if (value.empty() || !has_host_bytes || !is_letter_or_digit(value.front()) || !is_letter_or_digit(value.back())) return false;
  const std::string_view last = value.substr(value.rfind('.') + 1);  // all of it where there is no dot
  const bool ends_in_letters = last.size() >= 2 && last.size() < value.size() &&
                               std::none_of(last.begin(), last.end(), [](char c) { return c < 'A'; });
  return ends_in_letters || is_name_in_yaml(value);
}

class Reader {
 public:
  // What is wrong with `line`; empty: nothing.
  std::string read_line(std::string_view line) {
    if (!base::is_plain(line)) return "has a tab, a backslash or a byte that cannot be shown";
    if (nested_in_ == Nesting::others && line.starts_with(' ')) return others_.read_line(line);
    line = without_comment(line);
    if (line.empty()) return {};
    const auto indent = line.find_first_not_of(' ');
    if (indent != 0 && !(indent == 2 && nested_in_ != Nesting::nothing)) return "is indented where nothing can be nested";
    line.remove_prefix(indent);
    if (indent != 0 && nested_in_ == Nesting::forges) return read_forge(line);

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
    nested_in_ = nesting_of(name);
    const bool is_nest = nested_in_ != Nesting::nothing;
    const auto key =
        std::find_if(k_keys.begin(), k_keys.end(), [name](const Key& k) { return k.name == name; });
    if (!is_nest && key == k_keys.end()) return "has the unknown key " + quoted;
    if (!seen_.emplace(name).second) return "repeats " + quoted;
    if (nested_in_ == Nesting::forges) settings_.forges.clear();
    if (nested_in_ == Nesting::others) others_ = BlockOfOthers();
    if (is_nest) return value.empty() ? "" : "must end after '" + std::string(name) + ":'";
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

  std::string read_forge(std::string_view line) {
    if (!line.starts_with("- ")) return "is not '- HOST'";
    line.remove_prefix(std::min(line.find_first_not_of(' ', 1), line.size()));
    const std::string quoted = base::quoted(line, 64);
    if (!is_host(line)) return quoted + " must be the name of a host, without quotes";
    if (std::find(settings_.forges.begin(), settings_.forges.end(), line) != settings_.forges.end()) return "repeats " + quoted;
    settings_.forges.emplace_back(line);
    return {};
  }

  enum class Nesting { nothing, real, forges, others };

  static Nesting nesting_of(std::string_view name) {
    if (name == "real") return Nesting::real;
    if (name == "forges") return Nesting::forges;
    return is_block_of_others(name) ? Nesting::others : Nesting::nothing;
  }

  Settings settings_;
  std::set<std::string, std::less<>> seen_;
  Nesting nested_in_ = Nesting::nothing;
  BlockOfOthers others_;
};

}  // namespace

std::vector<std::string> default_forges() { return {"github.com", "gitlab.com", "codeberg.org", "bitbucket.org"}; }

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
