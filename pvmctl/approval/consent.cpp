// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/consent.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "libpvm/base/descriptor.hpp"

namespace pvm::pvmctl::approval {
namespace {

using base::Code;
using base::fail;
using base::Result;

Result<void> write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(descriptor, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return base::fail_errno("cannot write to the terminal", errno);
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

// One line, without its end.
std::string read_line(int descriptor) {
  std::string line;
  char c = '\0';
  for (;;) {
    const ssize_t got = ::read(descriptor, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || c == '\n') return line;
    line += c;
  }
}

// A terminal that does not show what is typed, for as long as this lives.
class Unseen {
 public:
  explicit Unseen(int terminal) : terminal_(terminal) {
    if (::tcgetattr(terminal, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    is_unseen_ = ::tcsetattr(terminal, TCSAFLUSH, &silent) == 0;
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;
  ~Unseen() {
    if (is_unseen_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  [[nodiscard]] bool is_unseen() const { return is_unseen_; }

 private:
  int terminal_;
  termios before_{};
  bool is_unseen_ = false;
};

Result<std::string> ask(const std::string& text, const std::string& question, const char* no_terminal) {
  const base::Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal) return fail(Code::refused, no_terminal);
  if (auto shown = write_all(terminal.get(), text); !shown) return base::pass_on(shown);
  // What was typed before the question was shown is no answer to it.
  ::tcflush(terminal.get(), TCIFLUSH);
  if (auto shown = write_all(terminal.get(), question); !shown) return base::pass_on(shown);
  return read_line(terminal.get());
}

}  // namespace

Result<void> ask_for_consent(const std::string& text, std::string_view question, Prompting prompting,
                             const system::Settings& settings) {
  if (prompting == Prompting::skip && settings.approve_without_terminal) return {};
  const char* const not_there = "approving is for a person, at a terminal of their own";
  if (prompting == Prompting::skip) return fail(Code::refused, not_there);
  const auto typed = ask(text, std::string(question) + " [y/N] ", not_there);
  if (!typed) return base::pass_on(typed);
  const std::string& answer = *typed;
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  return fail(Code::refused, "not signed: the answer was no");
}

Result<std::string> ask_for_line(const std::string& text, std::string_view question) {
  auto line = ask(text, std::string(question) + " ", "there is no terminal to ask at");
  if (!line) return line;
  const auto first = line->find_first_not_of(" \t");
  if (first == std::string::npos) return std::string();
  return line->substr(first, line->find_last_not_of(" \t") - first + 1);
}

Result<std::string> ask_for_secret(const std::string& text, std::string_view question) {
  const base::Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal) return fail(Code::refused, "there is no terminal to ask at");
  const Unseen unseen(terminal.get());
  if (!unseen.is_unseen()) return fail(Code::refused, "the terminal cannot be kept from showing what is typed");
  if (auto shown = write_all(terminal.get(), text + std::string(question) + " "); !shown) return base::pass_on(shown);
  std::string secret = read_line(terminal.get());
  static_cast<void>(write_all(terminal.get(), "\n"));
  return secret;
}

}  // namespace pvm::pvmctl::approval
