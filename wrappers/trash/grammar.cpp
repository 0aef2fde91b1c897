// SPDX-License-Identifier: Apache-2.0
#include "wrappers/trash/grammar.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "libpvm/base/text.hpp"

namespace pvm::wrappers::trash {
namespace {

// Sorted, as optparse names them where an abbreviation is ambiguous.
constexpr std::array<std::string_view, 7> k_long_options = {"--directory", "--force",   "--help",   "--interactive",
                                                            "--recursive", "--verbose", "--version"};

constexpr std::size_t k_longest_letter = 4;

// How many bytes Python decodes to its first letter; 1 for a byte that is no UTF-8. REQUIRES: `text` is not empty.
std::size_t first_letter(std::string_view text) {
  for (std::size_t size = 1; size <= std::min(text.size(), k_longest_letter); ++size) {
    if (base::is_utf8(text.substr(0, size))) return size;
  }
  return 1;
}

Complaint complaint(const std::string& message) {
  const std::string name(k_name);
  return {"Usage: " + name + " [OPTION]... FILE...\n\n" + name + ": error: " + message + "\n"};
}

// The option of that name, or of the only name that begins so; else the complaint.
std::variant<std::string_view, Complaint> find_long(std::string_view typed) {
  std::vector<std::string_view> found;
  for (const std::string_view option : k_long_options) {
    if (option == typed) return option;
    if (option.starts_with(typed)) found.push_back(option);
  }
  if (found.empty()) return complaint("no such option: " + as_python_writes(typed));
  if (found.size() == 1) return found.front();
  std::string names;
  for (const std::string_view option : found) names += (names.empty() ? "" : ", ") + std::string(option);
  return complaint("ambiguous option: " + std::string(typed) + " (" + names + "?)");
}

class Parser {
 public:
  Parsed parse(const std::vector<std::string>& argv);

 private:
  using Stop = std::optional<Parsed>;

  Stop take_long(std::string_view word);
  Stop take_letters(std::string_view letters);
  /// Whether there is an option of that letter, which is then taken.
  bool take(char letter);

  TrashCommand command_;
};

bool Parser::take(char letter) {
  switch (letter) {
    case 'd': return command_.directory = true;
    case 'f': return command_.force = true;
    case 'i': return command_.interactive = true;
    case 'r':
    case 'R': return command_.recursive = true;
    case 'v': return command_.verbose = true;
    default: return false;
  }
}

Parser::Stop Parser::take_long(std::string_view word) {
  const std::size_t equals = word.find('=');
  const auto found = find_long(word.substr(0, equals));
  if (const auto* unknown = std::get_if<Complaint>(&found)) return *unknown;
  const auto option = std::get<std::string_view>(found);
  if (equals != std::string_view::npos) return complaint(std::string(option) + " option does not take a value");
  if (option == "--help" || option == "--version") return Information{std::string(option)};
  take(option[2]);  // each of the others has its first letter for a short form
  return std::nullopt;
}

Parser::Stop Parser::take_letters(std::string_view letters) {
  while (!letters.empty()) {
    const std::string_view letter = letters.substr(0, first_letter(letters));
    if (letter == "h") return Information{"--help"};
    if (letter.size() > 1 || !take(letter.front())) return complaint("no such option: -" + as_python_writes(letter));
    letters.remove_prefix(letter.size());
  }
  return std::nullopt;
}

Parsed Parser::parse(const std::vector<std::string>& argv) {
  std::vector<std::string>& operands = command_.operands;
  for (auto word = argv.begin() + 1; word != argv.end(); ++word) {
    if (*word == "--") {
      operands.insert(operands.end(), word + 1, argv.end());
      break;
    }
    Stop stop;
    if (word->starts_with("--")) {
      stop = take_long(*word);
    } else if (word->size() > 1 && word->front() == '-') {
      stop = take_letters(std::string_view(*word).substr(1));
    } else {
      operands.push_back(*word);
    }
    if (stop) return *stop;
  }
  if (operands.empty()) return complaint("Please specify the files to trash.");
  return command_;
}

}  // namespace

Parsed parse(const std::vector<std::string>& argv) { return Parser().parse(argv); }

std::vector<std::string> rebuild(const TrashCommand& command, const std::vector<std::string>& operands) {
  std::vector<std::string> argv = {std::string(k_name)};
  const auto say = [&argv](bool said, const char* option) {
    if (said) argv.emplace_back(option);
  };
  say(command.directory, "-d");
  say(command.force, "-f");
  say(command.interactive, "-i");
  say(command.recursive, "-r");
  say(command.verbose, "-v");
  argv.emplace_back("--");
  argv.insert(argv.end(), operands.begin(), operands.end());
  return argv;
}

std::vector<std::string> rebuild_for_gio(const TrashCommand& command, const std::vector<std::string>& operands) {
  std::vector<std::string> argv = {"gio", "trash"};
  if (command.force) argv.emplace_back("-f");
  argv.emplace_back("--");
  for (const std::string& operand : operands) argv.push_back(operand.starts_with('/') ? operand : "./" + operand);
  return argv;
}

std::string as_python_writes(std::string_view bytes) {
  constexpr std::string_view k_digits = "0123456789abcdef";
  if (base::is_utf8(bytes)) return std::string(bytes);
  std::string text;
  while (!bytes.empty()) {
    const std::string_view letter = bytes.substr(0, first_letter(bytes));
    if (base::is_utf8(letter)) {
      text += letter;
    } else {
      const auto byte = static_cast<unsigned char>(letter.front());
      text += "\\udc";
      text += k_digits[byte >> 4U];
      text += k_digits[byte & 0xFU];
    }
    bytes.remove_prefix(letter.size());
  }
  return text;
}

}  // namespace pvm::wrappers::trash
