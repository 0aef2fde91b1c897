// SPDX-License-Identifier: Apache-2.0
// profile_rm COUNT RM: where the time of a granted call goes.
//
// In the working directory, COUNT times: makes a file and has a child remove it that is safe-rm but for its
// listener to the steps (base/step.hpp); then makes it again and has RM (the real rm) do it. Called by a name
// that ends in safe-rm it is that child. Printed, with tabs between, in microseconds:
//   RUN  STEP  MICROSECONDS    for each step; a step that was taken more than once is summed
// The steps are those of the list, and: start, from before the spawn to main; end, from the last step until
// the parent has waited; whole, all of them; bare, the whole of RM.
// The child writes the time of each step into memory shared with the parent. What it takes to map that memory
// is left out of all the times.
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "libpvm/base/step.hpp"
#include "wrappers/rm/command.hpp"

namespace {

using pvm::base::Step;

constexpr int k_area_descriptor = 3;  // of the child
constexpr int k_most_stamps = 64;
constexpr const char* k_file = "victim";
constexpr std::array<const char*, pvm::base::k_steps> k_names = {
    "words", "resolve", "open", "trust", "lookup", "verify", "commit", "sync", "spawn", "wait", "outcome"};

struct Stamp {
  Step step;
  std::int64_t time;
};

/// What parent and child share. Times in nanoseconds, CLOCK_MONOTONIC.
struct Area {
  std::int64_t main;    // the child's main began
  std::int64_t mapped;  // the child is ready to begin as safe-rm
  int stamps;
  std::array<Stamp, k_most_stamps> stamp;
};

Area* g_area = nullptr;

std::int64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "profile_rm: %s\n", what);
  std::exit(1);
}

Area* map_area(int descriptor) {
  void* area = ::mmap(nullptr, sizeof(Area), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (area == MAP_FAILED) give_up("cannot map the shared memory");
  return static_cast<Area*>(area);
}

// ---- the child ----------------------------------------------------------------------------------

void note(Step step) {
  if (g_area->stamps < k_most_stamps) g_area->stamp[static_cast<std::size_t>(g_area->stamps)] = {step, now()};
  ++g_area->stamps;
}

int be_safe_rm(int argc, char** argv) {
  const std::int64_t began = now();
  g_area = map_area(k_area_descriptor);
  ::close(k_area_descriptor);
  pvm::base::g_step_listener = note;
  g_area->main = began;
  g_area->mapped = now();
  return pvm::wrappers::run_program(pvm::wrappers::rm::wrapper(), argc, argv);
}

// ---- the parent ---------------------------------------------------------------------------------

void make_file() {
  const int file = ::open(k_file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) give_up("the file is there, or cannot be made");
  ::close(file);
}

struct Span {
  std::int64_t from = 0;
  std::int64_t to = 0;
};

/// Has `program` remove the file, and waits for it.
Span remove_file(const char* program, const char* name, const posix_spawn_file_actions_t& actions) {
  make_file();
  std::string argv0 = name;
  std::string file = k_file;
  const std::array<char*, 3> argv = {argv0.data(), file.data(), nullptr};
  pid_t child = -1;
  int status = -1;
  Span span;
  span.from = now();
  if (::posix_spawn(&child, program, &actions, nullptr, argv.data(), environ) != 0)
    give_up("cannot start the child");
  if (::waitpid(child, &status, 0) != child) give_up("cannot wait for the child");
  span.to = now();
  if (status != 0 || ::access(k_file, F_OK) == 0) give_up("the file was not removed");
  return span;
}

void print(unsigned long run, const char* step, std::int64_t nanoseconds) {
  std::printf("%lu\t%s\t%.3f\n", run, step, static_cast<double>(nanoseconds) / 1000);
}

void print_steps(unsigned long run, const Area& area, const Span& span) {
  if (area.stamps == 0 || area.stamps > k_most_stamps) give_up("the child took no steps, or too many");
  std::array<std::int64_t, pvm::base::k_steps> spent{};
  std::int64_t last = area.mapped;
  for (std::size_t i = 0; i < static_cast<std::size_t>(area.stamps); ++i) {
    spent[static_cast<std::size_t>(area.stamp[i].step)] += area.stamp[i].time - last;
    last = area.stamp[i].time;
  }
  print(run, "start", area.main - span.from);
  for (std::size_t step = 0; step < spent.size(); ++step) print(run, k_names[step], spent[step]);
  print(run, "end", span.to - last);
  print(run, "whole", span.to - span.from - (area.mapped - area.main));
}

int profile(unsigned long count, const char* rm) {
  const int memory = ::memfd_create("steps", MFD_CLOEXEC);
  if (memory < 0 || ::ftruncate(memory, sizeof(Area)) != 0) give_up("cannot make the shared memory");
  Area* const area = map_area(memory);
  posix_spawn_file_actions_t with_area;
  posix_spawn_file_actions_t plain;
  posix_spawn_file_actions_init(&with_area);
  posix_spawn_file_actions_init(&plain);
  posix_spawn_file_actions_adddup2(&with_area, memory, k_area_descriptor);
  for (unsigned long run = 1; run <= count; ++run) {
    *area = {};
    print_steps(run, *area, remove_file("/proc/self/exe", "safe-rm", with_area));
    const Span bare = remove_file(rm, "rm", plain);
    print(run, "bare", bare.to - bare.from);
  }
  posix_spawn_file_actions_destroy(&with_area);
  posix_spawn_file_actions_destroy(&plain);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 0 && std::string_view(argv[0]).ends_with("safe-rm")) return be_safe_rm(argc, argv);
  constexpr unsigned long k_most_runs = 1'000'000;
  const unsigned long count = argc == 3 ? std::strtoul(argv[1], nullptr, 10) : 0;
  if (count == 0 || count > k_most_runs) {
    std::fputs("usage: profile_rm COUNT RM\n", stderr);
    return 2;
  }
  return profile(count, argv[2]);
}
