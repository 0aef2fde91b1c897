// SPDX-License-Identifier: Apache-2.0
#include "wrappers/program.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <new>

#include "libpvm/base/text.hpp"
#include "libpvm/frontend/exit_status.hpp"
#include "libpvm/system/process.hpp"

namespace pvm::wrappers {
namespace {

void write_error(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody listens; the exit status still tells
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

// What is last said: where nobody listens, the exit status is still to tell.
void write_refusal(std::string_view text) {
  system::outlive(SIGPIPE);
  write_error(text);
}

int refuse(const frontend::Tool& tool, const base::Error& error) {
  write_refusal(frontend::error_text(tool, error));
  const auto status = frontend::exit_status_of(error.code);
  const bool is_about_the_command =
      status == frontend::k_exit_not_found || status == frontend::k_exit_not_executable;
  return is_about_the_command ? status : frontend::k_exit_undecided;
}

// By pieces, because to put a text together takes memory.
int refuse_without_memory(const Wrapper& wrapper) {
  for (const std::string_view piece : {wrapper.tool.program, std::string_view(": cannot decide: out of memory; nothing was "),
                                       wrapper.tool.done, std::string_view("\n")}) {
    write_refusal(piece);
  }
  return frontend::k_exit_undecided;
}

int inform(const Wrapper& wrapper, const Information& information, const system::Environment& environment) {
  const auto site = system::find_site(environment);
  const auto real = gate::find_real(wrapper.real_names, site ? site->settings : system::Settings{});
  if (!real) return refuse(wrapper.tool, real.error());
  system::LaunchPlan plan;
  plan.program = real->path;
  plan.argv = {information.name, information.option};
  plan.environment = system::plain_environment(environment);
  return refuse(wrapper.tool, gate::as_command_error(system::become(plan)));
}

int go_straight(const Wrapper& wrapper, const Straight& straight) {
  const auto plan = straight.plan();
  if (!plan) return refuse(wrapper.tool, plan.error());
  write_error(straight.words);
  return refuse(wrapper.tool, gate::as_command_error(system::become(*plan)));
}

int end(const frontend::Tool& tool, const gate::Passage& passage, const base::Clock& clock) {
  if (const auto* ended = std::get_if<system::Ended>(&passage)) {
    if (!ended->trouble.empty()) {
      write_refusal(frontend::trouble_text(tool, ended->trouble));
      return frontend::k_exit_undecided;
    }
    if (ended->signal != 0) system::end_as(*ended);
    return ended->exit_status;
  }
  const auto& refusal = std::get<gate::Refusal>(passage);
  write_refusal(frontend::refusal_text(tool, refusal, clock.now()));
  return refusal.reason == gate::Refusal::Reason::pending ? frontend::k_exit_pending : frontend::k_exit_refused;
}

// An alias may put options before it ("rm -i").
bool has_options_only(const std::vector<std::string>& argv) {
  return std::all_of(argv.begin() + 1, argv.end(), [](const std::string& word) { return word.starts_with('-'); });
}

int identify(const Wrapper& wrapper) {
  const auto line = identity_line("/proc/self/exe", wrapper.tool.program);
  if (!line) return refuse(wrapper.tool, line.error());
  const std::string text = *line + "\n";
  const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
  return written == static_cast<ssize_t>(text.size()) ? frontend::k_exit_done : frontend::k_exit_undecided;
}

int run(const Wrapper& wrapper, std::vector<std::string> argv) {
  if (argv.back() == k_identify && has_options_only(argv)) return identify(wrapper);
  const auto environment = system::Environment::of_process();
  auto parsed = wrapper.parse(std::move(argv), environment);
  if (const auto* complaint = std::get_if<OwnComplaint>(&parsed)) {
    write_error(complaint->text);
    return complaint->status;
  }
  if (const auto* straight = std::get_if<Straight>(&parsed)) return go_straight(wrapper, *straight);
  if (const auto* information = std::get_if<Information>(&parsed)) {
    return inform(wrapper, *information, environment);
  }

  const auto site = system::find_site(environment);
  if (!site) return refuse(wrapper.tool, site.error());
  const auto& gated = std::get<Gated>(parsed);
  const base::SystemClock clock;
  const gate::Surroundings around{
      *site, environment, clock,
      [&](const vault::Request& request, vault::Filing filing, base::Seconds wait) {
        write_error(frontend::asked_text(gated.tool, request, filing, wait));
      },
      [&](const vault::Request& request) { write_error(frontend::told_text(gated.tool, request)); },
      [](const std::string& words) { write_error(words); }};
  const auto passage = gate::pass(*gated.command, around);
  if (!passage) return refuse(gated.tool, passage.error());
  return end(gated.tool, *passage, clock);
}

}  // namespace

base::Result<std::string> identity_line(const std::string& path, std::string_view program) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return base::fail_errno(base::quoted(path), errno);
  return "pvm-wrapper " + std::string(program) + " " + std::to_string(about.st_dev) + ":" + std::to_string(about.st_ino);
}

int run_program(const Wrapper& wrapper, int argc, char** argv) {
  vault::expect_one_thread();
  system::outlive(SIGXFSZ);  // past RLIMIT_FSIZE a write is to fail, and so be told of
  try {
    if (auto guarded = system::guard_standard_descriptors(); !guarded) return refuse(wrapper.tool, guarded.error());
    if (argc < 1 || argv[0] == nullptr) {
      return refuse(wrapper.tool, {base::Code::usage, "called without even a name (argc is 0)", ""});
    }
    return run(wrapper, std::vector<std::string>(argv, argv + argc));
  } catch (const std::bad_alloc&) {
    return refuse_without_memory(wrapper);
  } catch (const std::exception& bug) {
    return refuse(wrapper.tool, {base::Code::io, bug.what(), ""});
  } catch (...) {
    return refuse(wrapper.tool, {base::Code::io, "an unknown failure", ""});
  }
}

}  // namespace pvm::wrappers
