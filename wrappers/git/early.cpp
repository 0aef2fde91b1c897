// SPDX-License-Identifier: Apache-2.0
// Runs before the C library: no call into it, no constructor, no thread-local variable. tests/lint/early.sh holds it to that.
#include "wrappers/git/early.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <array>
#include <string_view>

#include "wrappers/git/exec_path_marks.hpp"
#include "wrappers/git/own_commands.hpp"

namespace pvm::wrappers::git {
namespace {

using namespace std::string_view_literals;  // with their length: the C library's strlen is not there yet

// std::string_view compares by the C library.
bool is(const char* word, std::string_view name) noexcept {
  for (const char c : name) {
    if (*word++ != c) return false;
  }
  return *word == '\0';
}

template <class List>
bool is_one_of(const List& list, const char* word) noexcept {
  for (const std::string_view name : list) {
    if (is(word, name)) return true;
  }
  return false;
}

// What follows `name` and '=' in the entry; nullptr: it is another variable's.
const char* value_of(const char* entry, std::string_view name) noexcept {
  for (const char c : name) {
    if (*entry++ != c) return nullptr;
  }
  return *entry == '=' ? entry + 1 : nullptr;
}

const char* last_component(const char* path) noexcept {
  const char* last = path;
  for (; *path != '\0'; ++path) {
    if (*path == '/') last = path + 1;
  }
  return last;
}

// A text in memory of somebody else's.
class Text {
 public:
  Text(char* place, unsigned long size) noexcept : place_(place), room_(size) { *place = '\0'; }

  void add(const char* text) noexcept {
    for (; *text != '\0'; ++text) add(*text);
  }
  void add(char c) noexcept {
    if (room_ <= 1) {
      fits_ = false;
      return;
    }
    *place_++ = c;
    *place_ = '\0';
    --room_;
  }
  void add_number(unsigned long number) noexcept {
    if (number >= 10) add_number(number / 10);
    add(static_cast<char>('0' + number % 10));
  }
  [[nodiscard]] bool fits() const noexcept { return fits_; }

 private:
  char* place_;
  unsigned long room_;
  bool fits_ = true;
};

// Absolute, and without a slash at its end.
bool is_plain_directory(const char* path) noexcept {
  if (*path != '/') return false;
  while (path[1] != '\0') ++path;
  return *path != '/';
}

}  // namespace

bool passes_early(const char* const* words) noexcept {
  if (*words == nullptr || !is(last_component(*words), "git"sv)) return false;
  const char* const* word = words + 1;
  for (; *word != nullptr; ++word) {
    const bool has_value = is(*word, "-C"sv) || is(*word, "-c"sv);
    if (!has_value && !is(*word, "--no-pager"sv)) break;
    if (has_value && *++word == nullptr) return false;
  }
  if (*word == nullptr) return false;
  if (is(*word, "--version"sv)) return word == words + 1 && word[1] == nullptr;
  return is_one_of(k_own, *word) && !is_one_of(k_looked_into, *word);
}

bool find_own_exec_path(const char* const* environment, char* place, unsigned long size) noexcept {
  constexpr std::array<std::string_view, 4> k_names = {"PVM_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME"};
  std::array<const char*, k_names.size()> values = {nullptr, nullptr, nullptr, nullptr};
  for (; *environment != nullptr; ++environment) {
    const char** value = values.data();
    for (const std::string_view name : k_names) {
      const char* found = value_of(*environment, name);
      if (found != nullptr && *value != nullptr) return false;
      if (found != nullptr) *value = found;
      ++value;
    }
  }
  for (const char*& value : values) {
    if (value != nullptr && *value == '\0') value = nullptr;
    if (value != nullptr && !is_plain_directory(value)) return false;
  }
  const auto [both, state, trust, home] = values;
  if (both == nullptr && home == nullptr) return false;
  Text path(place, size);
  path.add(both != nullptr ? both : state != nullptr ? state : home);
  if (both == nullptr) path.add(state != nullptr ? "/pvm" : "/.local/state/pvm");
  path.add(k_exec_path_name);
  return path.fits();
}

#ifdef __x86_64__
namespace {

constexpr unsigned long k_most_bytes = 512;
constexpr unsigned long k_most_variables = 256;

long call(long number, const void* a, const void* b, const void* c = nullptr) noexcept {
  long result = number;
  __asm__ volatile("syscall" : "+a"(result) : "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return result;
}

struct Place {
  char text[k_most_bytes];
};

// What the link `mark` in `directory` says, in `target`.
bool read_mark(const char* directory, const char* mark, Place& target) noexcept {
  Place path;
  Text text(path.text, sizeof path.text);
  text.add(directory);
  text.add('/');
  text.add(mark);
  if (!text.fits()) return false;
  // readlink(path, target, size): the third argument is a number.
  const long size = call(SYS_readlink, path.text, target.text, reinterpret_cast<const void*>(sizeof target.text));
  if (size <= 0 || static_cast<unsigned long>(size) >= sizeof target.text) return false;
  target.text[size] = '\0';
  return true;
}

// As stamp_of (exec_path.cpp) words it.
bool has_stamp(const char* program, const char* stamp) noexcept {
  struct stat about;
  if (call(SYS_stat, program, &about) != 0) return false;
  Place place;
  Text text(place.text, sizeof place.text);
  for (const unsigned long number : {about.st_dev, about.st_ino, static_cast<unsigned long>(about.st_size)}) {
    text.add_number(number);
    text.add(':');
  }
  text.add_number(static_cast<unsigned long>(about.st_mtim.tv_sec));
  text.add('.');
  text.add_number(static_cast<unsigned long>(about.st_mtim.tv_nsec));
  if (!text.fits() || about.st_mtim.tv_sec < 0) return false;
  for (const char* written = place.text; *written != '\0'; ++written) {
    if (*stamp++ != *written) return false;
  }
  return *stamp == '\0';
}

// A program with more rights than its caller has looks closer.
bool is_secure(const char* const* end_of_environment) noexcept {
  const auto* fact = reinterpret_cast<const Elf64_auxv_t*>(end_of_environment + 1);
  for (; fact->a_type != AT_NULL; ++fact) {
    if (fact->a_type == AT_SECURE) return fact->a_un.a_val != 0;
  }
  return true;
}

}  // namespace

/// `stack` is as the kernel left it: argc, argv, a null pointer, the environment, a null pointer, the auxiliary vector. Returns
/// where the call is not to be decided here.
extern "C" __attribute__((used)) void pvm_pass_early(const char* const* stack) noexcept {
  const char* const* argv = stack + 1;
  if (!passes_early(argv)) return;
  const char* const* environment = argv;
  while (*environment != nullptr) ++environment;
  ++environment;

  Place variable;  // "GIT_EXEC_PATH=DIRECTORY"
  constexpr std::string_view k_name = "GIT_EXEC_PATH";
  Text text(variable.text, sizeof variable.text);
  for (const char c : k_name) text.add(c);
  text.add('=');
  char* directory = variable.text + k_name.size() + 1;
  if (!find_own_exec_path(environment, directory, sizeof variable.text - k_name.size() - 1)) return;

  const char* variables[k_most_variables];
  const char** last = variables;
  *last++ = variable.text;
  const char* const* entry = environment;
  for (; *entry != nullptr; ++entry) {
    if (last == variables + k_most_variables - 1) return;
    if (value_of(*entry, k_name) == nullptr) *last++ = *entry;
  }
  *last = nullptr;
  if (is_secure(entry)) return;

  Place program;
  Place other;
  if (!read_mark(directory, k_exec_path_mark, other) || *other.text != '/') return;
  if (!read_mark(directory, k_program_mark, program) || *program.text != '/') return;
  if (!read_mark(directory, k_stamp_mark, other) || !has_stamp(program.text, other.text)) return;
  call(SYS_execve, program.text, argv, variables);  // where it returns, what is wrong is said by the rest of the program
}

// The program's entry: the stack and %rdx are handed on to the C library's as they came.
__asm__(R"(
  .globl pvm_early_start
  .type pvm_early_start, @function
pvm_early_start:
  endbr64
  movq %rsp, %rbx
  movq %rdx, %r12
  movq %rsp, %rdi
  xorl %ebp, %ebp
  andq $-16, %rsp
  call pvm_pass_early
  movq %rbx, %rsp
  movq %r12, %rdx
  jmp _start
)");
#endif

}  // namespace pvm::wrappers::git
