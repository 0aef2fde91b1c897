// SPDX-License-Identifier: Apache-2.0
#include "wrappers/rm/grammar.hpp"

#include <getopt.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <optional>
#include <string_view>

#include "wrappers/rm/quoting.hpp"

namespace pvm::wrappers::rm {
namespace {

enum LongOnly : int {
  k_interactive = 256,
  k_one_file_system,
  k_no_preserve_root,
  k_preserve_root,
  k_presume_input_tty,
  k_help,
  k_version,
};

// The order is that of rm's own table: it shows in the message about an ambiguous abbreviation.
constexpr std::array<option, 12> k_long_options = {{
    {"force", no_argument, nullptr, 'f'},
    {"interactive", optional_argument, nullptr, k_interactive},
    {"one-file-system", no_argument, nullptr, k_one_file_system},
    {"no-preserve-root", no_argument, nullptr, k_no_preserve_root},
    {"preserve-root", optional_argument, nullptr, k_preserve_root},
    {"-presume-input-tty", no_argument, nullptr, k_presume_input_tty},
    {"recursive", no_argument, nullptr, 'r'},
    {"dir", no_argument, nullptr, 'd'},
    {"verbose", no_argument, nullptr, 'v'},
    {"help", no_argument, nullptr, k_help},
    {"version", no_argument, nullptr, k_version},
    {nullptr, 0, nullptr, 0},
}};

// A leading '-' has operands returned in place (as option 1), a leading '+' has options end at the first one;
// without either getopt would ask the environment.
constexpr const char* k_permuting = "-dfirvIR";
constexpr const char* k_posix = "+dfirvIR";
constexpr int k_operand = 1;
constexpr int k_end = -1;
constexpr int k_unknown = '?';

// What is written to `stderr` while this lives. getopt writes its messages there, and nowhere else do they
// exist.
class CapturedWords {
 public:
  CapturedWords() : stream_(::open_memstream(&text_, &size_)) {
    if (stream_ == nullptr) throw std::bad_alloc();
    stderr = stream_;
  }
  CapturedWords(const CapturedWords&) = delete;
  CapturedWords& operator=(const CapturedWords&) = delete;
  ~CapturedWords() {
    stderr = before_;
    (void)std::fclose(stream_);
    std::free(text_);  // NOLINT: open_memstream allocates with malloc
  }

  [[nodiscard]] std::string text() const {
    (void)std::fflush(stream_);
    return {text_, size_};
  }

 private:
  FILE* before_ = stderr;
  char* text_ = nullptr;
  std::size_t size_ = 0;
  FILE* stream_;
};

// --- the option --interactive=WHEN

struct When {
  std::string_view name;
  Interactive meaning;
};
constexpr std::array<When, 6> k_whens = {{
    {"never", Interactive::never},
    {"no", Interactive::never},
    {"none", Interactive::never},
    {"once", Interactive::once},
    {"always", Interactive::always},
    {"yes", Interactive::always},
}};

enum class Mismatch { invalid, ambiguous };

// The meaning that all names beginning with `text` share.
std::variant<Interactive, Mismatch> find_when(std::string_view text) {
  std::optional<Interactive> found;
  for (const When& when : k_whens) {
    if (!when.name.starts_with(text)) continue;
    if (found && *found != when.meaning) return Mismatch::ambiguous;
    found = when.meaning;
  }
  if (!found) return Mismatch::invalid;
  return *found;
}

std::string valid_whens() {
  std::string text = "Valid arguments are:";
  std::optional<Interactive> last;
  for (const When& when : k_whens) {
    text += last == when.meaning ? ", " : "\n  - ";
    text += quote_for_reading(when.name);
    last = when.meaning;
  }
  return text + '\n';
}

// --- the command line

class Parser {
 public:
  Parser(const std::vector<std::string>& argv, Order order, Exists exists)
      : words_(argv), order_(order), exists_(exists) {
    for (std::string& word : words_) pointers_.push_back(word.data());
    pointers_.push_back(nullptr);
  }

  Parsed parse();

 private:
  using Stop = std::optional<Parsed>;

  Stop take(int found, const CapturedWords& words);
  Stop take_interactive();
  Stop take_no_preserve_root();
  Stop take_preserve_root();
  void set_interactive(Interactive interactive);
  [[nodiscard]] std::string leading_hyphen_hint() const;
  [[nodiscard]] std::string said(const std::string& message) const {
    return words_[0] + ": " + message + '\n';
  }
  [[nodiscard]] std::string try_help() const {
    return "Try '" + words_[0] + " --help' for more information.\n";
  }

  std::vector<std::string> words_;
  std::vector<char*> pointers_;  // into words_, as getopt wants them
  Order order_;
  Exists exists_;
  RmCommand command_;
};

Parsed Parser::parse() {
  const CapturedWords words;
  const char* const letters = order_ == Order::permute ? k_permuting : k_posix;
  const int count = static_cast<int>(words_.size());
  optind = 0;
  opterr = 1;
  for (;;) {
    const int found = ::getopt_long(count, pointers_.data(), letters, k_long_options.data(), nullptr);
    if (found == k_end) break;
    if (Stop stop = take(found, words)) return *stop;
  }
  for (int at = optind; at < count; ++at)
    command_.operands.emplace_back(pointers_[static_cast<std::size_t>(at)]);
  if (!command_.operands.empty()) return command_;
  if (command_.force) return Complaint{"", 0};
  return Complaint{said("missing operand") + try_help()};
}

Parser::Stop Parser::take(int found, const CapturedWords& words) {
  switch (found) {
    case k_operand:
      command_.operands.emplace_back(optarg);
      break;
    case 'd':
      command_.remove_empty_dirs = true;
      break;
    case 'f':
      command_.force = true;
      command_.interactive = Interactive::unsaid;
      break;
    case 'i':
      set_interactive(Interactive::always);
      break;
    case 'I':
      set_interactive(Interactive::once);
      break;
    case 'r':
    case 'R':
      command_.recursive = true;
      break;
    case 'v':
      command_.verbose = true;
      break;
    case k_interactive:
      return take_interactive();
    case k_one_file_system:
      command_.one_file_system = true;
      break;
    case k_no_preserve_root:
      return take_no_preserve_root();
    case k_preserve_root:
      return take_preserve_root();
    case k_presume_input_tty:
      command_.presume_input_tty = true;
      break;
    case k_help:
      return Information{"--help"};
    case k_version:
      return Information{"--version"};
    case k_unknown:
    default:
      return Complaint{words.text() + leading_hyphen_hint() + try_help()};
  }
  return std::nullopt;
}

// `never` leaves what -f said of missing files as it is.
void Parser::set_interactive(Interactive interactive) {
  if (interactive == Interactive::never && command_.force) return;
  command_.force = false;
  command_.interactive = interactive;
}

Parser::Stop Parser::take_interactive() {
  if (optarg == nullptr) {
    set_interactive(Interactive::always);
    return std::nullopt;
  }
  const auto when = find_when(optarg);
  if (const auto* interactive = std::get_if<Interactive>(&when)) {
    set_interactive(*interactive);
    return std::nullopt;
  }
  const bool ambiguous = std::get<Mismatch>(when) == Mismatch::ambiguous;
  return Complaint{said((ambiguous ? "ambiguous argument " : "invalid argument ") +
                        quote_for_reading(optarg) + " for " + quote_for_reading("--interactive")) +
                   valid_whens() + try_help()};
}

Parser::Stop Parser::take_no_preserve_root() {
  const std::string_view typed = pointers_[static_cast<std::size_t>(optind - 1)];
  if (typed != "--no-preserve-root") {
    return Complaint{said("you may not abbreviate the --no-preserve-root option")};
  }
  command_.no_preserve_root = true;
  return std::nullopt;
}

Parser::Stop Parser::take_preserve_root() {
  if (optarg != nullptr && std::string_view(optarg) != "all") {
    return Complaint{said("unrecognized --preserve-root argument: " + quote(optarg))};
  }
  command_.preserve_root_all = command_.preserve_root_all || optarg != nullptr;
  command_.no_preserve_root = false;
  return std::nullopt;
}

// An unknown option may have been meant as the name of a file.
std::string Parser::leading_hyphen_hint() const {
  for (std::size_t at = 1; at < words_.size(); ++at) {
    const std::string& word = words_[at];
    if (word.size() < 2 || word[0] != '-' || !exists_(word)) continue;
    return "Try '" + words_[0] + " ./" + quote_if_needed(word) + "' to remove the file " + quote(word) +
           ".\n";
  }
  return "";
}

}  // namespace

Parsed parse(const std::vector<std::string>& argv, Order order, Exists exists) {
  return Parser(argv, order, exists).parse();
}

std::vector<std::string> rebuild(const RmCommand& command, const std::string& argv0,
                                 const std::vector<std::string>& operands) {
  std::vector<std::string> argv = {argv0};
  const auto say = [&argv](bool said, const char* option) {
    if (said) argv.emplace_back(option);
  };
  say(command.recursive, "-r");
  say(command.remove_empty_dirs, "-d");
  say(command.force, "-f");
  say(command.interactive == Interactive::never, "--interactive=never");
  say(command.interactive == Interactive::once, "-I");
  say(command.interactive == Interactive::always, "-i");
  say(command.one_file_system, "--one-file-system");
  say(command.preserve_root_all, "--preserve-root=all");
  say(command.verbose, "-v");
  say(command.presume_input_tty, "---presume-input-tty");
  argv.emplace_back("--");
  argv.insert(argv.end(), operands.begin(), operands.end());
  return argv;
}

}  // namespace pvm::wrappers::rm
