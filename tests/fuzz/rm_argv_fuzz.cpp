// SPDX-License-Identifier: Apache-2.0
// Any words as an rm's: a byte (1: POSIXLY_CORRECT, 2: a UTF-8 locale, 4: every file is there), then the
// words, each ended by NUL. What runs is made of the words that are operands, byte for byte, and of known
// options; it reads as the same command; and what is quoted for the shell is read back by it as it was.
#include <locale.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/text.hpp"
#include "wrappers/rm/grammar.hpp"
#include "wrappers/rm/quoting.hpp"

namespace {

using namespace pvm::wrappers::rm;
using Words = std::vector<std::string>;

void require(bool holds) {
  if (!holds) std::abort();
}

Words split(std::string_view text) {
  Words words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\0'), text.size());
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

// Which words are operands can be told without knowing any option, as none takes a word of its own.
Words operands_of(const Words& words, Order order) {
  Words operands;
  bool is_over = false;
  for (const std::string& word : words) {
    const bool is_option = word.size() > 1 && word[0] == '-';
    if (!is_over && word == "--") {
      is_over = true;
    } else if (is_over || !is_option) {
      operands.push_back(word);
      is_over = is_over || order == Order::posix;
    }
  }
  return operands;
}

void check_run(const RmCommand& command, const Words& words, Order order) {
  require(command.operands == operands_of(words, order) && !command.operands.empty());
  require(!command.force || command.interactive == Interactive::unsaid);

  const Words rebuilt = rebuild(command, "rm", command.operands);
  const auto mark = std::find(rebuilt.begin(), rebuilt.end(), "--");
  require(rebuilt.front() == "rm" && mark != rebuilt.end());
  require(Words(mark + 1, rebuilt.end()) == command.operands);
  static const Words known = {"-r",
                              "-d",
                              "-f",
                              "--interactive=never",
                              "-I",
                              "-i",
                              "--one-file-system",
                              "--preserve-root=all",
                              "-v",
                              "---presume-input-tty"};
  require(std::all_of(rebuilt.begin() + 1, mark, [](const std::string& option) {
    return std::find(known.begin(), known.end(), option) != known.end();
  }));

  RmCommand same = command;
  same.no_preserve_root = false;
  for (const Order any : {Order::permute, Order::posix}) {
    const Parsed again = parse(rebuilt, any);
    require(std::holds_alternative<RmCommand>(again) && std::get<RmCommand>(again) == same);
  }
  require(rebuild(same, "rm", same.operands) == rebuilt);
}

void check(const Parsed& parsed, const Words& words, Order order) {
  if (const auto* command = std::get_if<RmCommand>(&parsed)) {
    check_run(*command, words, order);
  } else if (const auto* complaint = std::get_if<Complaint>(&parsed)) {
    require(complaint->text.empty() ? complaint->status == 0 : complaint->status == 1);
    require(complaint->text.empty() ||
            (complaint->text.starts_with("rm: ") && complaint->text.ends_with('\n')));
  } else {
    const std::string& option = std::get<Information>(parsed).option;
    require(option == "--help" || option == "--version");
  }
}

bool is_same(const Parsed& a, const Parsed& b) {
  if (a.index() != b.index()) return false;
  if (const auto* command = std::get_if<RmCommand>(&a)) return *command == std::get<RmCommand>(b);
  if (const auto* complaint = std::get_if<Complaint>(&a)) {
    return complaint->text == std::get<Complaint>(b).text &&
           complaint->status == std::get<Complaint>(b).status;
  }
  return std::get<Information>(a).option == std::get<Information>(b).option;
}

// --- what a shell makes of quoted words

// A byte escaped by a backslash in $'…' or in printf's format, at the front of `rest`.
char unescaped(std::string_view& rest) {
  constexpr std::string_view k_letters = "abfnrtv\\";
  constexpr std::string_view k_bytes = "\a\b\f\n\r\t\v\\";
  require(!rest.empty());
  if (const std::size_t letter = k_letters.find(rest[0]); letter != std::string_view::npos) {
    rest.remove_prefix(1);
    return k_bytes[letter];
  }
  require(rest.size() >= 3 && rest.substr(0, 3).find_first_not_of("01234567") == std::string_view::npos);
  const int value = (rest[0] - '0') * 64 + (rest[1] - '0') * 8 + (rest[2] - '0');
  require(value > 0 && value < 256);
  rest.remove_prefix(3);
  return static_cast<char>(value);
}

std::string_view take_until(std::string_view& rest, char end) {
  const std::size_t at = rest.find(end);
  require(at != std::string_view::npos);
  const std::string_view taken = rest.substr(0, at);
  rest.remove_prefix(at + 1);
  return taken;
}

// The words of a line: bare, '…', "…" without anything special in it, $'…', and \'.
Words words_of_sh(std::string_view rest) {
  Words words(1);
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == '\'') {
      words.back() += take_until(rest, '\'');
    } else if (c == '"') {
      const std::string_view inside = take_until(rest, '"');
      require(inside.find_first_of("$`\\!") == std::string_view::npos);
      words.back() += inside;
    } else if (c == '$') {
      require(rest.starts_with('\''));
      rest.remove_prefix(1);
      while (!rest.starts_with('\'')) {
        require(rest.starts_with('\\'));  // what needs no escape stands outside
        rest.remove_prefix(1);
        words.back() += unescaped(rest);
      }
      rest.remove_prefix(1);
    } else if (c == '\\') {
      require(rest.starts_with('\''));
      rest.remove_prefix(1);
      words.back() += '\'';
    } else if (c == ' ') {
      words.emplace_back();
    } else {
      require(std::string_view("!\"$&()*;<=>?[\\^`|'\t\n").find(c) == std::string_view::npos);
      words.back() += c;
    }
  }
  return words;
}

std::string printed(std::string_view format) {
  std::string text;
  while (!format.empty()) {
    const char c = format.front();
    format.remove_prefix(1);
    if (c == '%') {
      require(format.starts_with('%'));
      format.remove_prefix(1);
    }
    text += c == '\\' ? unescaped(format) : c;
  }
  return text;
}

void check_shell_command(const Words& words) {
  constexpr std::string_view k_start = "eval \"$(printf ";
  constexpr std::string_view k_end = ")\"";
  std::string line = pvm::base::shell_command(words);
  require(pvm::base::is_utf8(line) && line.find('\n') == std::string::npos);
  if (line.starts_with(k_start)) {
    require(line.ends_with(k_end));
    const Words format =
        words_of_sh(line.substr(k_start.size(), line.size() - k_start.size() - k_end.size()));
    require(format.size() == 1);
    line = printed(format[0]);
  }
  require(words_of_sh(line) == words);
}

// rm itself misquotes some names that hold an apostrophe and begin with what cannot be printed (gnulib), and
// quote follows it to the byte: it is for rm's messages alone, and what is to be pasted is made by
// shell_command.
bool is_misquoted_by_rm(const std::string& word) {
  return word.find('\'') != std::string::npos && (word[0] < ' ' || word[0] > '~');
}

void check_quoting(const std::string& word) {
  if (!is_misquoted_by_rm(word)) require(words_of_sh(quote(word)) == Words{word});
  require(words_of_sh(quote_if_needed("-" + word)) == Words{"-" + word});
  const std::string reading = quote_for_reading(word);
  require(
      std::none_of(reading.begin(), reading.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7F; }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  static const locale_t ascii = ::newlocale(LC_CTYPE_MASK, "C", nullptr);
  require(utf8 != nullptr && ascii != nullptr);
  ::uselocale((data[0] & 2) != 0 ? utf8 : ascii);
  const Order order = (data[0] & 1) != 0 ? Order::posix : Order::permute;
  const Exists exists = (data[0] & 4) != 0 ? [](const std::string&) { return true; } : nothing_exists;

  const Words words = split({reinterpret_cast<const char*>(data + 1), size - 1});
  Words argv = {"rm"};
  argv.insert(argv.end(), words.begin(), words.end());
  FILE* const before = stderr;
  const Parsed parsed = parse(argv, order, exists);
  require(stderr == before);
  check(parsed, words, order);
  require(is_same(parsed, parse(argv, order, exists)));
  check_shell_command(argv);
  for (const std::string& word : words) check_quoting(word);
  return 0;
}
