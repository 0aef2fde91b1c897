// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/shim/git_exec_path.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "libpvm/base/text.hpp"
#include "libpvm/gate/gate.hpp"
#include "libpvm/system/safe_file.hpp"
#include "pvmctl/approval/child.hpp"
#include "pvmctl/shim/directory.hpp"
#include "wrappers/git/exec_path.hpp"

namespace pvm::pvmctl::shim {
namespace {

namespace fs = std::filesystem;
namespace git = wrappers::git;

using base::Code;
using base::fail;
using base::Result;

// What a private exec-path is made of.
struct Parts {
  std::string program;  // links resolved
  std::string stamp;
  std::string wrapper;
};

Result<std::string> place_for(Context& context, Reach reach) {
  if (reach == Reach::user) return git::own_exec_path(context.environment());
  const auto programs = program_directory();
  if (!programs) return base::pass_on(programs);
  return (fs::path(*programs).parent_path() / "lib/pvm/git-core").string();
}

Result<Parts> parts_for(const std::string& program) {
  std::error_code error;
  const auto real = fs::canonical(program, error);
  if (error) return base::fail_errno(base::quoted(program), error.value());
  const auto stamp = git::stamp_of(real.string());
  if (!stamp) return base::pass_on(stamp);
  const auto wrapper = find_wrapper("safe-git-push");
  if (!wrapper) return base::pass_on(wrapper);
  return Parts{real.string(), *stamp, *wrapper};
}

bool leads_to(const fs::path& link, const std::string& target) {
  std::error_code error;
  return fs::read_symlink(link, error) == fs::path(target) && !error;
}

bool is_current(const fs::path& directory, const Parts& parts) {
  return leads_to(directory / git::k_program_mark, parts.program) && leads_to(directory / git::k_stamp_mark, parts.stamp) &&
         leads_to(directory / "git", parts.wrapper);
}

Result<std::string> real_exec_path(const std::string& program, const system::Environment& environment) {
  constexpr std::chrono::seconds k_limit{20};
  const auto answer =
      approval::run_captured({program, {"--exec-path"}, approval::bare_environment(environment)}, k_limit);
  if (!answer) return base::pass_on(answer);
  std::string path = answer->output;
  while (path.ends_with('\n')) path.pop_back();
  std::error_code error;
  const auto real = fs::canonical(path, error);
  if (answer->status == 0 && !error && fs::is_directory(real, error)) return real.string();
  return fail(Code::unsafe, base::quoted(program) + " --exec-path names no directory: " + base::quoted(path, 256));
}

Result<void> link(const fs::path& path, const std::string& target) {
  std::error_code error;
  fs::create_symlink(target, path, error);
  if (error) return base::fail_errno("cannot make " + base::quoted(path.string()), error.value());
  return {};
}

bool is_led_back(const std::string& name) {
  return std::find(git::k_led_back.begin(), git::k_led_back.end(), name) != git::k_led_back.end();
}

Result<void> fill_directory(const fs::path& directory, const std::string& real, const Parts& parts) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(real, error)) {
    const std::string name = entry.path().filename().string();
    if (name == "git") continue;
    if (auto done = link(directory / name, is_led_back(name) ? parts.wrapper : entry.path().string()); !done) return done;
  }
  if (error) return base::fail_errno("cannot look into " + base::quoted(real), error.value());
  const std::pair<const char*, const std::string&> rest[] = {{"git", parts.wrapper},
                                                             {git::k_program_mark, parts.program},
                                                             {git::k_stamp_mark, parts.stamp},
                                                             {git::k_exec_path_mark, real}};
  for (const auto& [name, target] : rest) {
    if (auto done = link(directory / name, target); !done) return done;
  }
  return {};
}

// In one step where there was one before: what git starts meanwhile finds the old or the new one.
Result<void> put_in_place(const std::string& fresh, const std::string& directory) {
  std::error_code ignored;
  if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, directory.c_str(), RENAME_EXCHANGE) == 0) {
    fs::remove_all(fresh, ignored);
    return {};
  }
  if (errno != ENOENT) fs::remove_all(directory, ignored);
  if (::rename(fresh.c_str(), directory.c_str()) == 0) return {};
  return base::fail_errno("cannot place " + base::quoted(directory), errno);
}

}  // namespace

Result<std::optional<std::string>> ensure_git_exec_path(Context& context, Reach reach) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto program = gate::find_real({"git"}, (*site)->settings);
  if (!program) {
    if (program.error().code == Code::no_command) return std::optional<std::string>();
    return base::pass_on(program);
  }
  const auto directory = place_for(context, reach);
  if (!directory) return base::pass_on(directory);
  const auto parts = parts_for(program->path);
  if (!parts) return base::pass_on(parts);
  if (is_current(*directory, *parts)) return std::optional(*directory);

  const auto real = real_exec_path(program->path, context.environment());
  if (!real) return base::pass_on(real);
  const std::string fresh = *directory + "." + std::to_string(::getpid());
  std::error_code ignored;
  fs::remove_all(fresh, ignored);
  if (auto made = system::make_private_directories(fresh); !made) return base::pass_on(made);
  if (reach == Reach::system) fs::permissions(fresh, fs::perms(0755), ignored);
  auto done = fill_directory(fresh, *real, *parts);
  if (done) done = put_in_place(fresh, *directory);
  if (!done) {
    fs::remove_all(fresh, ignored);
    return base::pass_on(done);
  }
  return std::optional(*directory);
}

Result<std::vector<std::string>> take_git_exec_path_away(Context& context) {
  const auto state = system::own_state_directory(context.environment());
  if (!state) return base::pass_on(state);
  std::vector<std::string> gone;
  for (const char* name : {"/git-core", "/git-hooks"}) {
    std::error_code error;
    if (fs::remove_all(*state + name, error) > 0 && !error) gone.push_back(*state + name);
    if (error) return base::fail_errno("cannot remove " + base::quoted(*state + name), error.value());
  }
  return gone;
}

}  // namespace pvm::pvmctl::shim
