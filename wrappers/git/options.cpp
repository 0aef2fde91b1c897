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
  const bool has_no = name.starts_with(k_no);
  const bool has_value = word.size() > name.size();
  // "--verify" is the opposite of "--no-verify", and "--no-tags" of "--tags".
  if (full.starts_with(k_no) && !has_no) {
    full.remove_prefix(k_no.size());
  } else if (has_no) {
    name.remove_prefix(k_no.size());
  } else {
    return {};
  }
  if (full == name) return {Fit::exact, true};
  // git looks for what follows "no-" with its "=VALUE", which no name begins with.
  const bool fits = full.starts_with(name) && !(has_no && has_value);
  return {fits ? Fit::beginning : Fit::none, true};
}

std::string opposite(std::string_view name) {
  return name.starts_with(k_no) ? std::string(name.substr(k_no.size())) : std::string(k_no) + std::string(name);
}

// An error as git writes it (usage.c, vreportf): cut, and without control bytes.
Misuse error(const std::string& text, Usage usage = Usage::nowhere) {
  constexpr std::size_t k_most_bytes = 4095;
  std::string words = ("error: " + text).substr(0, k_most_bytes);
  std::ranges::replace_if(words, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n') || c == 0x7f; }, '?');
  return {words + "\n", usage};
}

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

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
    const std::string whole(bundle);
    bool is_first = true;
    while (!bundle.empty()) {
      const char letter = bundle.front();
      bundle.remove_prefix(1);
      const auto option = std::ranges::find(table_, letter, &Option::short_name);
      if (option == table_.end() && is_first && is_slip(whole)) return slip(whole);
      if (option == table_.end()) return unknown_switch(letter, bundle);
      Said said{option->long_name.empty() ? std::string(1, letter) : std::string(option->long_name), std::nullopt};
      if (option->argument != Argument::none && !bundle.empty()) {
        said.value = std::string(bundle);
        bundle = {};
      } else if (option->argument == Argument::required) {
        if (at_ + 1 == words_.size()) return error(std::string("switch `") + letter + "' requires a value");
        said.value = words_[++at_];
      }
      line_.options.push_back(std::move(said));
      if (is_first && !bundle.empty() && is_slip(whole)) return slip(whole);
      is_first = false;
    }
    return std::nullopt;
  }

  // "-force": a long name behind one dash.
  [[nodiscard]] bool is_slip(const std::string& bundle) const {
    constexpr std::size_t k_least = 3;
    if (bundle.size() < k_least) return false;
    return bundle.starts_with(k_no) || std::ranges::any_of(table_, [&bundle](const Option& option) { return option.long_name.starts_with(bundle); });
  }
  static Misuse slip(const std::string& bundle) { return error("did you mean `--" + bundle + "` (with two dashes)?"); }

  static Misuse unknown_switch(char letter, std::string_view rest) {
    if (letter == 'h') return {"", Usage::to_output};
    if (letter == '-') return error("unknown option `" + std::string(rest) + "'", Usage::to_errors);
    if (is_ascii(letter)) return error(std::string("unknown switch `") + letter + "'", Usage::to_errors);
    return error(std::string("unknown non-ascii option in string: `-") + letter + std::string(rest) + "'", Usage::to_errors);
  }

  std::optional<Misuse> read_long(const std::string& text) {
    const auto equals = text.find('=');
    const std::string name = text.substr(0, equals);
    if (text == "help" || text == "help-all") return Misuse{"", Usage::to_output};
    const auto found = find_option(text, name);
    if (std::holds_alternative<Misuse>(found)) return std::get<Misuse>(found);
    const Meant& meant = std::get<Meant>(found);
    const bool takes_value = !meant.is_opposite && meant.option->argument != Argument::none;
    Said said{meant.name(), std::nullopt};
    if (equals != std::string::npos) {
      if (!takes_value) return error("option `" + meant.shown() + "' takes no value");
      said.value = text.substr(equals + 1);
    } else if (takes_value && meant.option->argument == Argument::required) {
      if (at_ + 1 == words_.size()) return error("option `" + meant.shown() + "' requires a value");
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
    if (fitting.empty()) return error("unknown option `" + word + "'", Usage::to_errors);
    if (fitting.size() == 1) return fitting.front();
    const Meant& last_but_one = fitting[fitting.size() - 2];
    return error("ambiguous option: " + word + " (could be --" + last_but_one.shown() + " or --" + fitting.back().shown() + ")",
                 Usage::to_output);
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
