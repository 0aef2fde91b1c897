// SPDX-License-Identifier: Apache-2.0
#include "libpvm/system/process.hpp"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <string_view>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/descriptor.hpp"

namespace pvm::system {
namespace {

constexpr int k_most_ancestors = 4;

// The head of /proc/PID/`name`; one read gives all that is asked for here. Empty where it cannot be read.
std::string read_proc(pid_t pid, std::string_view name) {
  const std::string path = "/proc/" + std::to_string(pid) + "/" + std::string(name);
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return {};
  std::array<char, 4096> buffer{};
  const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
  if (size <= 0) return {};
  return {buffer.data(), static_cast<std::size_t>(size)};
}

// From /proc/PID/status, whose lines cannot be forged by a name: the kernel writes a newline in it as \n.
std::optional<pid_t> parent_of(pid_t pid) {
  constexpr std::string_view label = "\nPPid:\t";
  const std::string status = read_proc(pid, "status");
  const auto at = status.find(label);
  if (at == std::string::npos) return std::nullopt;
  const auto begin = at + label.size();
  const auto end = status.find('\n', begin);
  if (end == std::string::npos) return std::nullopt;
  const auto number = base::parse_decimal(std::string_view(status).substr(begin, end - begin), INT_MAX);
  if (!number) return std::nullopt;
  return static_cast<pid_t>(*number);
}

}  // namespace

std::string ancestry() {
  std::string text;
  pid_t last = 0;
  std::optional<pid_t> pid = ::getppid();
  for (int i = 0; i < k_most_ancestors && pid && *pid > 1; ++i) {
    std::string name = read_proc(*pid, "comm");
    if (name.empty()) break;
    if (name.back() == '\n') name.pop_back();
    if (last != 0) text += " < ";
    text += name;
    last = *pid;
    pid = parent_of(*pid);
  }
  if (last != 0) text += " (" + std::to_string(last) + ")";
  return text;
}

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "-";
  return name.data();
}

std::string working_directory() {
  // Not getcwd(3), which walks the tree to make up a name where the kernel has none.
  std::array<char, PATH_MAX> path{};
  if (::syscall(SYS_getcwd, path.data(), path.size()) <= 0 || path[0] != '/') return {};
  return path.data();
}

void outlive(int signal) {
  struct sigaction action {};
  if (::sigaction(signal, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) return;
  action.sa_handler = [](int) {};
  ::sigaction(signal, &action, nullptr);
}

}  // namespace pvm::system
