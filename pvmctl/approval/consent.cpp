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

}  // namespace

Result<void> ask_for_consent(const std::string& text, std::string_view question, Prompting prompting,
                             const system::Settings& settings) {
  if (prompting == Prompting::skip && settings.approve_without_terminal) return {};
  const base::Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (!terminal || prompting == Prompting::skip) {
    return fail(Code::refused, "approving is for a person, at a terminal of their own");
  }
  if (auto shown = write_all(terminal.get(), text); !shown) return shown;
  // What was typed before the question was shown is no answer to it.
  ::tcflush(terminal.get(), TCIFLUSH);
  if (auto shown = write_all(terminal.get(), std::string(question) + " [y/N] "); !shown) return shown;
  const std::string answer = read_line(terminal.get());
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  return fail(Code::refused, "not signed: the answer was no");
}

}  // namespace pvm::pvmctl::approval
