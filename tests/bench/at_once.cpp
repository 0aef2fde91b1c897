// SPDX-License-Identifier: Apache-2.0
// at_once COUNT ROUNDS STATUS gone|there COMMAND [ARG…]: what a crowd of processes costs.
//
// In each round, COUNT files victim-0, victim-1, … are made in the working directory; then COUNT processes
// are started one right after the other, each COMMAND ARG… with one of the files, and all are waited for.
// Each must end with STATUS, and its file must be gone then, or still be there. Printed, with tabs between:
//   one    ROUND  MS  STATUS    for each process, from before it was started until its end was seen
//   round  ROUND  MS  COUNT     for each round, from before the first start until the last end was seen
// Exit status: 0; 1 where a process or a file is not as it should be; 2 for a wrong call.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC

constexpr unsigned long k_most = 4096;
constexpr int k_by_signal = 1000;  // and the signal: a status that no process ends with by itself

enum class After { gone, there };

struct Order {
  unsigned long count = 0;
  unsigned long rounds = 0;
  int status = 0;
  After after = After::gone;
  char** command = nullptr;  // with a null pointer behind it
};

struct Process {
  Clock::time_point started;
  Clock::time_point ended;
  int status = -1;
};

double milliseconds(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "at_once: %s\n", what.c_str());
  std::exit(1);
}

std::string file_of(unsigned long number) {
  return "victim-" + std::to_string(number);
}

void make_files(const Order& order) {
  for (unsigned long i = 0; i < order.count; ++i) {
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (order.after == After::gone ? O_EXCL : 0);
    const int file = ::open(file_of(i).c_str(), flags, 0600);
    if (file < 0) give_up("cannot make " + file_of(i));
    ::close(file);
  }
}

pid_t start(const Order& order, unsigned long number, const posix_spawn_file_actions_t& quiet) {
  std::vector<char*> argv;
  for (char** word = order.command; *word != nullptr; ++word) argv.push_back(*word);
  std::string file = file_of(number);
  argv.push_back(file.data());
  argv.push_back(nullptr);
  pid_t child = -1;
  const int failure = ::posix_spawn(&child, argv.front(), &quiet, nullptr, argv.data(), environ);
  if (failure != 0) give_up(std::string("cannot start ") + argv.front());
  return child;
}

struct End {
  Clock::time_point time;
  int status = 0;
};

/// One permit for each child that is there to be waited for.
using Started = std::counting_semaphore<k_most>;

/// Waits for `count` children from the first on, while others are still being started.
std::unordered_map<pid_t, End> reap(unsigned long count, Started& started) {
  std::unordered_map<pid_t, End> ends;
  for (unsigned long i = 0; i < count; ++i) {
    started.acquire();
    siginfo_t info{};
    while (::waitid(P_ALL, 0, &info, WEXITED) != 0) {
      if (errno != EINTR) give_up("cannot wait for a child");
    }
    const auto now = Clock::now();
    ends[info.si_pid] = {now, info.si_code == CLD_EXITED ? info.si_status : k_by_signal + info.si_status};
  }
  return ends;
}

std::vector<Process> run_round(const Order& order, const posix_spawn_file_actions_t& quiet) {
  std::vector<Process> processes(order.count);
  std::unordered_map<pid_t, End> ends;
  std::vector<pid_t> children(order.count);
  Started started(0);
  std::thread reaper([&] { ends = reap(order.count, started); });
  for (unsigned long i = 0; i < order.count; ++i) {
    processes[i].started = Clock::now();
    children[i] = start(order, i, quiet);
    started.release();
  }
  reaper.join();
  for (unsigned long i = 0; i < order.count; ++i) {
    const End& end = ends.at(children[i]);
    processes[i].ended = end.time;
    processes[i].status = end.status;
  }
  return processes;
}

/// How many processes or files are not as they should be.
unsigned long count_faults(const Order& order, const std::vector<Process>& processes) {
  unsigned long faults = 0;
  for (unsigned long i = 0; i < order.count; ++i) {
    const bool is_there = ::access(file_of(i).c_str(), F_OK) == 0;
    if (processes[i].status != order.status || is_there != (order.after == After::there)) ++faults;
  }
  return faults;
}

void print(unsigned long round, const std::vector<Process>& processes) {
  Clock::time_point last = processes.front().ended;
  for (const Process& process : processes) {
    last = std::max(last, process.ended);
    std::printf("one\t%lu\t%.4f\t%d\n", round, milliseconds(process.ended - process.started), process.status);
  }
  std::printf("round\t%lu\t%.4f\t%zu\n", round, milliseconds(last - processes.front().started),
              processes.size());
}

std::optional<unsigned long> number(const char* text, unsigned long most) {
  char* end = nullptr;
  const unsigned long value = std::strtoul(text, &end, 10);
  if (end == text || *end != '\0' || value > most) return std::nullopt;
  return value;
}

std::optional<Order> read_order(int argc, char** argv) {
  if (argc < 6) return std::nullopt;
  const auto count = number(argv[1], k_most);
  const auto rounds = number(argv[2], k_most);
  const auto status = number(argv[3], 255);
  const std::string after = argv[4];
  const bool is_after = after == "gone" || after == "there";
  if (!count || *count == 0 || !rounds || !status || !is_after) return std::nullopt;
  return Order{*count, *rounds, static_cast<int>(*status), after == "gone" ? After::gone : After::there,
               argv + 5};
}

}  // namespace

int main(int argc, char** argv) {
  const auto order = read_order(argc, argv);
  if (!order) {
    std::fputs("usage: at_once COUNT ROUNDS STATUS gone|there COMMAND [ARG...]\n", stderr);
    return 2;
  }
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  for (const int output : {STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&quiet, output, "/dev/null", O_WRONLY, 0);
  }
  unsigned long faults = 0;
  for (unsigned long round = 1; round <= order->rounds; ++round) {
    make_files(*order);
    const auto processes = run_round(*order, quiet);
    faults += count_faults(*order, processes);
    print(round, processes);
  }
  posix_spawn_file_actions_destroy(&quiet);
  if (faults > 0) give_up(std::to_string(faults) + " processes or files are not as they should be");
  return 0;
}
