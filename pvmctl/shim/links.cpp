// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/shim/links.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "libpvm/base/text.hpp"
#include "libpvm/system/safe_file.hpp"
#include "pvmctl/shim/agent_environment.hpp"
#include "pvmctl/shim/directory.hpp"
#include "pvmctl/shim/startup_files.hpp"

namespace pvm::pvmctl::shim {
namespace {

namespace fs = std::filesystem;

using base::Code;
using base::fail;
using base::Result;

enum class Standing { nothing, shim, other };

// A link of any age to a wrapper of that name is a shim of ours, wherever it leads.
Standing standing_of(const std::string& path, std::string_view wrapper) {
  std::error_code error;
  const auto status = fs::symlink_status(path, error);
  if (status.type() == fs::file_type::not_found) return Standing::nothing;
  if (status.type() != fs::file_type::symlink) return Standing::other;
  const auto target = fs::read_symlink(path, error);
  return !error && target.filename() == wrapper ? Standing::shim : Standing::other;
}

Result<void> check_no_work_tree(const std::string& directory, const std::string& home) {
  for (fs::path at = directory; at.has_relative_path(); at = at.parent_path()) {
    std::error_code ignored;
    if (at == fs::path(home) || !fs::exists(at / ".git", ignored)) continue;
    return fail(Code::unsafe,
                base::quoted(directory) + " is in the git work tree " + base::quoted(at.string()) +
                    ", where 'git clean' would take the shims away",
                "give a directory outside of it: --dir DIR");
  }
  return {};
}

Result<void> place_link(const std::string& path, const std::string& target) {
  const auto slash = path.rfind('/');
  const std::string aside = path.substr(0, slash + 1) + "." + path.substr(slash + 1) + "." + std::to_string(::getpid());
  if (::symlink(target.c_str(), aside.c_str()) != 0) {
    return base::fail_errno("cannot make a link in " + base::quoted(path.substr(0, slash)), errno);
  }
  if (::rename(aside.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(aside.c_str());
    return base::fail_errno("cannot place " + base::quoted(path), error);
  }
  return {};
}

bool remove_file(const std::string& path) { return ::unlink(path.c_str()) == 0; }

bool names_in_path(std::string_view environment, const std::string& directory) {
  for (std::size_t from = 0; from < environment.size();) {
    const std::size_t end = std::min(environment.find('\0', from), environment.size());
    const std::string_view entry = environment.substr(from, end - from);
    if (entry.starts_with("PATH=")) {
      return (":" + std::string(entry.substr(5)) + ":").find(":" + directory + ":") != std::string::npos;
    }
    from = end + 1;
  }
  return false;
}

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The processes that we are, and were started by, by their numbers; from /proc/PID/stat, "PID (NAME) STATE PARENT".
std::vector<std::string> own_line() {
  std::vector<std::string> line;
  for (std::string pid = std::to_string(::getpid()); pid != "0" && !pid.empty() && line.size() < 64;) {
    line.push_back(pid);
    const std::string stat = contents(fs::path("/proc") / pid / "stat");
    const auto at = stat.rfind(')');
    if (at == std::string::npos || stat.size() < at + 4) break;
    const auto end = stat.find(' ', at + 4);
    pid = stat.substr(at + 4, end - at - 4);
  }
  return line;
}

}  // namespace

Result<void> check_place(const std::string& directory, const std::string& home) {
  if (directory.find(':') != std::string::npos) {
    return fail(Code::usage, base::quoted(directory) + " holds a colon, which PATH cannot carry",
                "give another one: --dir DIR");
  }
  if (const auto block = block_for(directory, Language::sh); !block) return base::pass_on(block);
  if (auto outside = check_no_work_tree(directory, home); !outside) return outside;
  for (const Shim& each : k_shims) {
    const std::string path = directory + "/" + std::string(each.name);
    if (standing_of(path, each.wrapper) != Standing::other) continue;
    return fail(Code::exists, base::quoted(path) + " is there already and is not a shim",
                "give a directory of its own: --dir DIR");
  }
  return {};
}

Result<std::vector<Placed>> place_links(const std::string& directory, const std::string& home) {
  std::vector<Placed> placed;
  for (const Shim& each : k_shims) {
    auto target = find_wrapper(each.wrapper);
    if (!target) return base::pass_on(target);
    placed.push_back({std::string(each.name), "", std::move(*target)});
  }
  if (auto made = system::make_private_directories(directory); !made) return base::pass_on(made);
  const auto real = system::checked_directory(directory, system::Guard::own_or_root);
  if (!real) return base::pass_on(real);
  // By its real path too: the directory that was named may be a link into a work tree.
  if (auto good = check_place(*real, home); !good) return base::pass_on(good);
  const std::string bash_env = *real + "/" + std::string(k_bash_env_name);
  if (auto done = system::write_file_atomically(bash_env, bash_env_text(), 0644); !done) return base::pass_on(done);
  for (Placed& link : placed) {
    link.path = *real + "/" + link.name;
    if (auto done = place_link(link.path, link.target); !done) return base::pass_on(done);
  }
  return placed;
}

Result<std::vector<std::string>> take_links_away(const std::string& directory) {
  std::vector<std::string> gone;
  for (const Shim& each : k_shims) {
    const std::string path = directory + "/" + std::string(each.name);
    if (standing_of(path, each.wrapper) != Standing::shim) continue;
    if (!remove_file(path)) return base::fail_errno("cannot remove " + base::quoted(path), errno);
    gone.push_back(path);
  }
  const std::string bash_env = directory + "/" + std::string(k_bash_env_name);
  if (contents(bash_env) == bash_env_text() && remove_file(bash_env)) gone.push_back(bash_env);
  if (!gone.empty() && ::rmdir(directory.c_str()) == 0) gone.push_back(directory);
  return gone;
}

std::vector<std::string> programs_with(const std::string& directory) {
  std::vector<std::string> programs;
  const auto ours = own_line();
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string pid = entry.path().filename();
    if (!std::ranges::all_of(pid, [](char c) { return c >= '0' && c <= '9'; })) continue;
    if (std::ranges::find(ours, pid) != ours.end()) continue;
    if (!names_in_path(contents(entry.path() / "environ"), directory)) continue;
    std::string name = contents(entry.path() / "comm");
    while (name.ends_with('\n')) name.pop_back();
    programs.push_back(base::display(name, 32) + " (process " + pid + ")");
  }
  return programs;
}

}  // namespace pvm::pvmctl::shim
