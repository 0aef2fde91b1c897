// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/running.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "libpvm/base/text.hpp"
#include "libpvm/system/launch.hpp"

namespace pvm::wrappers::git {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t k_most_bytes = std::size_t{64} << 20;
constexpr int k_signalled = 128;

}  // namespace

Result<MemoryFile> MemoryFile::make(const char* name) {
  base::Descriptor descriptor(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!descriptor) return base::fail_errno("cannot make a file in memory", errno);
  // Several programs write to it, one after the other, each with what it has of it.
  if (::fcntl(descriptor.get(), F_SETFL, O_APPEND) != 0) return base::fail_errno("cannot set up a file in memory", errno);
  return MemoryFile(std::move(descriptor));
}

Result<std::string> MemoryFile::text() const { return text_of(get()); }
Result<void> MemoryFile::write(std::string_view text) const { return write_all(get(), text); }

Result<void> MemoryFile::seal() const {
  if (::fcntl(get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) return {};
  return base::fail_errno("cannot seal a file in memory", errno);
}

Result<void> check_config_env(const std::vector<std::string>& globals) {
  constexpr std::string_view k_option = "--config-env";
  for (std::size_t i = 0; i < globals.size(); ++i) {
    if (!globals[i].starts_with(k_option)) continue;
    const bool is_apart = globals[i] == k_option && i + 1 < globals.size();
    const std::string& value = is_apart ? globals[i + 1] : globals[i];
    const std::string variable = value.substr(value.rfind('=') + 1);
    const bool is_ours = variable.starts_with("GIT_") || variable.starts_with("PVM_") || variable == "LC_ALL" || variable == "LANGUAGE";
    if (is_ours) return fail(Code::usage, "--config-env reads " + base::quoted(variable, 64), "name another variable");
  }
  return {};
}

Result<std::string> text_of(int descriptor) {
  struct stat about {};
  if (::fstat(descriptor, &about) != 0) return base::fail_errno("cannot look at a file in memory", errno);
  if (about.st_size < 0 || static_cast<std::size_t>(about.st_size) > k_most_bytes) {
    return fail(Code::limit, "git says more than 64 MiB", "push fewer refs at a time");
  }
  std::string text(static_cast<std::size_t>(about.st_size), '\0');
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t count = ::pread(descriptor, text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return fail(Code::io, "cannot read a file in memory");
    done += static_cast<std::size_t>(count);
  }
  return text;
}

Result<void> write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return fail(Code::io, "cannot write to a file in memory");
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

std::vector<std::string> git_environment(const system::Environment& environment, const std::vector<std::string>& set) {
  const auto is_set = [&set](std::string_view name) {
    return std::ranges::any_of(set, [name](const std::string& entry) {
      return entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=';
    });
  };
  std::vector<std::string> entries = set;
  for (const auto& [name, value] : environment.all()) {
    if (name.starts_with("LD_") || name.starts_with("PVM_PUSH_") || name == "GIT_CONFIG" || is_set(name)) continue;
    entries.push_back(name);
    entries.back().append("=").append(value);
  }
  return entries;
}

Result<Answer> ask_into(const MemoryFile& output, const Git& git, const std::vector<std::string>& words,
                        const std::vector<int>& kept) {
  const auto errors = MemoryFile::make("pvm-git-errors");
  if (!errors) return base::pass_on(errors);
  system::LaunchPlan plan;
  plan.program = git.program;
  plan.argv = {"git"};
  plan.argv.insert(plan.argv.end(), git.globals.begin(), git.globals.end());
  plan.argv.insert(plan.argv.end(), words.begin(), words.end());
  plan.environment = git.environment;
  plan.standard_output = output.get();
  plan.standard_error = errors->get();
  plan.kept = kept;
  const auto ended = system::launch(plan);
  if (!ended) return base::pass_on(ended);
  if (!ended->trouble.empty()) return fail(Code::io, ended->trouble);
  auto said = errors->text();
  if (!said) return base::pass_on(said);
  return Answer{ended->signal != 0 ? k_signalled + ended->signal : ended->exit_status, {}, std::move(*said)};
}

Result<Answer> ask(const Git& git, const std::vector<std::string>& words, const std::vector<int>& kept) {
  const auto output = MemoryFile::make("pvm-git-output");
  if (!output) return base::pass_on(output);
  auto answer = ask_into(*output, git, words, kept);
  if (!answer) return answer;
  auto text = output->text();
  if (!text) return base::pass_on(text);
  answer->output = std::move(*text);
  return answer;
}

}  // namespace pvm::wrappers::git
