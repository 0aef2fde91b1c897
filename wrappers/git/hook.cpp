// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/hook.hpp"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/crypto/sha256.hpp"
#include "libpvm/system/environment.hpp"
#include "libpvm/system/launch.hpp"
#include "libpvm/system/process.hpp"
#include "wrappers/git/place.hpp"
#include "wrappers/git/running.hpp"
#include "wrappers/git/url.hpp"

namespace pvm::wrappers::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using system::Environment;

constexpr const char* k_record = "PVM_PUSH_RECORD";
constexpr const char* k_expect = "PVM_PUSH_EXPECT";
constexpr const char* k_hooks = "PVM_PUSH_HOOKS";
constexpr const char* k_chain = "PVM_PUSH_CHAIN";
constexpr const char* k_exec_path = "PVM_PUSH_EXEC_PATH";
constexpr std::size_t k_most_bytes = std::size_t{64} << 20;
constexpr std::size_t k_most_shown = 256;

// Two descriptors as "5:6".
std::optional<std::array<int, 2>> descriptors_of(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const auto first = base::parse_decimal(text.substr(0, colon), INT_MAX);
  const auto second = base::parse_decimal(text.substr(colon + 1), INT_MAX);
  if (!first || !second) return std::nullopt;
  return std::array<int, 2>{static_cast<int>(*first), static_cast<int>(*second)};
}

Result<std::string> read_all(int descriptor) {
  std::string text;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::fail_errno("cannot read", errno);
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > k_most_bytes) return fail(Code::limit, "there is too much to read");
  }
}

// The repository's own directory, from where hooks run: the top of the work tree, or that directory itself.
std::string git_directory(const Environment& environment) {
  if (const auto named = environment.find_filled("GIT_DIR")) return *named;
  struct stat about {};
  if (::stat(".git", &about) != 0) return ".";
  if (S_ISDIR(about.st_mode)) return ".git";
  constexpr std::string_view k_link = "gitdir: ";
  const std::string link = line_of(".git");
  return link.starts_with(k_link) ? link.substr(k_link.size()) : ".git";
}

// Linked work trees share the hooks of the repository that they belong to.
std::string usual_hooks(const Environment& environment) {
  if (const auto common = environment.find_filled("GIT_COMMON_DIR")) return *common + "/hooks";
  const std::string directory = git_directory(environment);
  const std::string common = line_of(directory + "/commondir");
  return (common.empty() ? directory : beneath(directory, common)) + "/hooks";
}

// The user's own hook, where git would run one.
std::string users_hook(const Environment& environment) {
  const std::string directory = environment.find_filled(k_hooks).value_or("");
  const std::string hook = (directory.empty() ? usual_hooks(environment) : directory) + "/" + k_hook_name;
  return ::access(hook.c_str(), X_OK) == 0 ? beneath(system::working_directory(), hook) : std::string();
}

Result<std::string> digest_of(const std::string& path) {
  const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return base::fail_errno(base::quoted(path), errno);
  const auto text = read_all(file.get());
  if (!text) return base::pass_on(text);
  return base::to_hex(crypto::sha256(*text));
}

Result<Account> account_of(const std::vector<std::string>& argv, const std::string& refs, const Environment& environment) {
  if (argv.size() < 3) return fail(Code::usage, "git calls a pre-push hook with two arguments");
  auto read = accounts_from_text("push 0 0 % % % % % % " + std::to_string(std::count(refs.begin(), refs.end(), '\n')) + "\n" + refs);
  if (!read || read->size() != 1) return fail(Code::malformed, "what git says to its pre-push hook cannot be read");
  Account account = std::move(read->front());
  account.remote = argv[1];
  account.url = argv[2];
  account.place = place_of(account.url);
  if (account.place.empty() && transport_of(account.url) == Transport::local) {
    return fail(Code::unsafe, "which repository " + base::quoted(account.url, k_most_shown) + " is can only git tell");
  }
  const auto named = environment.find_filled("GIT_DIR");
  account.repository = real_path(named.value_or("."));
  if (account.repository.empty()) return fail(Code::missing, "the repository's directory is gone");
  account.hook = users_hook(environment);
  if (account.hook.empty()) return account;
  auto digest = digest_of(account.hook);
  if (!digest) return base::pass_on(digest);
  account.hook_digest = std::move(*digest);
  return account;
}

Result<void> record(Account account, const std::array<int, 2>& descriptors) {
  struct stat about {};
  if (::fstat(descriptors[0], &about) != 0) return base::fail_errno("cannot look at git's output", errno);
  account.git_pid = static_cast<std::uint64_t>(::getppid());
  account.output_size = static_cast<std::uint64_t>(about.st_size);
  return write_all(descriptors[1], to_text(account));
}

Result<void> compare(const Account& account, const std::array<int, 2>& descriptors) {
  // What the wrapper wrote down, nobody can have written to since.
  const int seals = ::fcntl(descriptors[0], F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_WRITE) == 0) return fail(Code::unsafe, "what was approved is not sealed");
  const auto text = text_of(descriptors[0]);
  if (!text) return base::pass_on(text);
  const auto expected = accounts_from_text(*text);
  if (!expected) return base::pass_on(expected);
  if (std::ranges::find(*expected, account) != expected->end()) return {};
  static_cast<void>(write_all(descriptors[1], to_text(account)).has_value());
  return fail(Code::conflict, "what would be pushed is not what was approved");
}

// What git put behind the caller's own settings is taken off again.
std::string without_our_setting(std::string parameters) {
  for (const std::string_view mark : {" 'core.hooksPath'=", "'core.hooksPath'=", " 'core.hooksPath=", "'core.hooksPath="}) {
    const auto at = parameters.rfind(mark);
    if (at != std::string::npos) return parameters.erase(at);
  }
  return parameters;
}

std::vector<std::string> users_environment(const Environment& environment) {
  const auto path = environment.find_filled(k_exec_path);
  std::vector<std::string> entries;
  for (const auto& [name, value] : environment.all()) {
    if (name.starts_with("PVM_PUSH_")) continue;
    std::string kept = value;
    if (name == "GIT_CONFIG_PARAMETERS") kept = without_our_setting(value);
    if (name == "GIT_CONFIG_PARAMETERS" && kept.empty()) continue;
    if (path && name == "GIT_EXEC_PATH") kept = *path;
    if (path && name == "PATH") kept = *path + ":" + value;
    entries.push_back(name + "=" + kept);
  }
  return entries;
}

// Goes on as the user's hook. Returns only where that fails.
Result<void> become_users_hook(const Account& account, const std::vector<std::string>& argv, const std::string& refs,
                               const Environment& environment) {
  const auto input = MemoryFile::make("pvm-push-refs");
  if (!input) return base::pass_on(input);
  if (auto written = input->write(refs); !written) return written;
  if (::lseek(input->get(), 0, SEEK_SET) < 0 || ::dup2(input->get(), STDIN_FILENO) < 0) {
    return base::fail_errno("cannot hand on what git says", errno);
  }
  system::LaunchPlan plan;
  plan.program = account.hook;
  plan.argv = argv;
  plan.argv.front() = account.hook;
  plan.environment = users_environment(environment);
  return base::Failure(system::become(plan));
}

Result<void> serve(const std::vector<std::string>& argv) {
  const auto environment = Environment::of_process();
  const auto recording = environment.find(k_record);
  const auto expecting = environment.find(k_expect);
  const auto descriptors = descriptors_of(recording.value_or(expecting.value_or("")));
  if (!descriptors || recording.has_value() == expecting.has_value()) {
    return fail(Code::usage, "this hook is safe-git-push's own, for the length of one push; core.hooksPath must not name it");
  }
  for (const int descriptor : *descriptors) ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  const auto refs = read_all(STDIN_FILENO);
  if (!refs) return base::pass_on(refs);
  const auto account = account_of(argv, *refs, environment);
  if (!account) return base::pass_on(account);
  if (recording) return record(*account, *descriptors);
  if (auto same = compare(*account, *descriptors); !same) return same;
  const bool is_chained = environment.find(k_chain) && !account->hook.empty();
  return is_chained ? become_users_hook(*account, argv, *refs, environment) : Result<void>();
}

}  // namespace

bool is_hook(std::string_view argv0) {
  return argv0.substr(argv0.rfind('/') + 1) == k_hook_name;
}

int serve_hook(int argc, char** argv) {
  system::outlive(SIGPIPE);
  try {
    const auto served = serve(std::vector<std::string>(argv, argv + argc));
    if (served) return EXIT_SUCCESS;
    if (served.error().code == Code::conflict) return EXIT_FAILURE;  // safe-git-push says it, and what differs
    std::fprintf(stderr, "safe-git-push: cannot decide: %s; nothing was pushed\n", served.error().message.c_str());
  } catch (const std::exception& bug) {
    std::fprintf(stderr, "safe-git-push: cannot decide: %s; nothing was pushed\n", bug.what());
  }
  return EXIT_FAILURE;
}

}  // namespace pvm::wrappers::git
