// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/options.hpp"

#include <algorithm>

namespace pvm::wrappers::git {
namespace {

constexpr std::string_view k_no = "no-";

enum class Fit { none, beginning, exact };

// How a word fits a long option, and whether it says its opposite.
struct Match {
  Fit fit = Fit::none;
  bool is_opposite = false;
};

// `word` is what stands after the dashes, with its "=VALUE"; `name` the same without.
Match match_of(const Option& option, std::string_view word, std::string_view name) {
  std::string_view full = option.long_name;
  if (full == name) return {Fit::exact, false};
  if (full.starts_with(name)) return {Fit::beginning, false};
  if (option.negation == Negation::none) return {};
  if (k_no.starts_with(word)) return {Fit::beginning, true};
  // "--verify" is the opposite of "--no-verify", and "--no-tags" of "--tags".
  if (full.starts_with(k_no) && !name.starts_with(k_no)) {
    full.remove_prefix(k_no.size());
  } else if (name.starts_with(k_no)) {
    name.remove_prefix(k_no.size());
  } else {
    return {};
  }
  if (full == name) return {Fit::exact, true};
  return {full.starts_with(name) ? Fit::beginning : Fit::none, true};
}

std::string opposite(std::string_view name) {
  return name.starts_with(k_no) ? std::string(name.substr(k_no.size())) : std::string(k_no) + std::string(name);
}

// An option that a word means.
struct Meant {
  const Option* option;
  bool is_opposite;

  [[nodiscard]] std::string name() const { return is_opposite ? opposite(option->long_name) : std::string(option->long_name); }
  // As git's messages have it.
  [[nodiscard]] std::string shown() const { return (is_opposite ? "no-" : "") + std::string(option->long_name); }
};

class Reader {
 public:
  Reader(std::span<const Option> table, const std::vector<std::string>& words)
      : table_(table), words_(words) {}

  std::variant<Line, Misuse> read() {
    for (at_ = 0; at_ < words_.size(); ++at_) {
      const std::string& word = words_[at_];
      if (word.size() < 2 || word.front() != '-') {
        line_.operands.push_back(word);
      } else if (word == "--" || word == "--end-of-options") {
        line_.operands.insert(line_.operands.end(), words_.begin() + static_cast<std::ptrdiff_t>(at_) + 1, words_.end());
        break;
      } else if (auto misuse = word[1] == '-' ? read_long(word.substr(2)) : read_short(word.substr(1))) {
        return *misuse;
      }
    }
    return std::move(line_);
  }

 private:
  std::optional<Misuse> read_short(std::string_view bundle) {
    while (!bundle.empty()) {
      const char letter = bundle.front();
      bundle.remove_prefix(1);
      const auto option = std::ranges::find(table_, letter, &Option::short_name);
      if (option == table_.end() && letter == 'h') return Misuse{"", true};
      if (option == table_.end()) return Misuse{std::string("error: unknown switch `") + letter + "'\n", true};
      Said said{option->long_name.empty() ? std::string(1, letter) : std::string(option->long_name), std::nullopt};
      if (option->argument != Argument::none && !bundle.empty()) {
        said.value = std::string(bundle);
        bundle = {};
      } else if (option->argument == Argument::required) {
        if (at_ + 1 == words_.size()) return Misuse{std::string("error: switch `") + letter + "' requires a value\n"};
        said.value = words_[++at_];
      }
      line_.options.push_back(std::move(said));
    }
    return std::nullopt;
  }

  std::optional<Misuse> read_long(const std::string& text) {
    const auto equals = text.find('=');
    const std::string name = text.substr(0, equals);
    if (name == "help" || name == "help-all" || name.starts_with("git-completion-helper")) return Misuse{"", true};
    const auto found = find_option(text, name);
    if (std::holds_alternative<Misuse>(found)) return std::get<Misuse>(found);
    const Meant& meant = std::get<Meant>(found);
    const bool takes_value = !meant.is_opposite && meant.option->argument != Argument::none;
    Said said{meant.name(), std::nullopt};
    if (equals != std::string::npos) {
      if (!takes_value) return Misuse{"error: option `" + meant.shown() + "' takes no value\n"};
      said.value = text.substr(equals + 1);
    } else if (takes_value && meant.option->argument == Argument::required) {
      if (at_ + 1 == words_.size()) return Misuse{"error: option `" + meant.shown() + "' requires a value\n"};
      said.value = words_[++at_];
    }
    line_.options.push_back(std::move(said));
    return std::nullopt;
  }

  // What is named in full, else the only option that begins so.
  [[nodiscard]] std::variant<Meant, Misuse> find_option(const std::string& word, const std::string& name) const {
    std::vector<Meant> fitting;
    for (const Option& option : table_) {
      if (option.long_name.empty()) continue;
      const Match match = match_of(option, word, name);
      if (match.fit == Fit::exact) return Meant{&option, match.is_opposite};
      if (match.fit == Fit::beginning) fitting.push_back({&option, match.is_opposite});
    }
    if (fitting.empty()) return Misuse{"error: unknown option `" + word + "'\n", true};
    if (fitting.size() == 1) return fitting.front();
    const Meant& last_but_one = fitting[fitting.size() - 2];
    return Misuse{"error: ambiguous option: " + word + " (could be --" + last_but_one.shown() + " or --" +
                      fitting.back().shown() + ")\n", true};
  }

  std::span<const Option> table_;
  const std::vector<std::string>& words_;
  std::size_t at_ = 0;
  Line line_;
};

}  // namespace

std::variant<Line, Misuse> read_options(std::span<const Option> table, const std::vector<std::string>& words) {
  return Reader(table, words).read();
}

std::string as_word(const Said& said) {
  return (said.name.size() == 1 ? "-" : "--") + said.name + (said.value ? "=" + *said.value : "");
}

}  // namespace pvm::wrappers::git
