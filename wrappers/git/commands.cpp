// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/commands.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace pvm::wrappers::git {
namespace {

// git's own commands up to 2.39 and those that came since, sorted. An alias cannot take the name of a built-in one.
constexpr std::array<std::string_view, 189> k_own = {
    "add", "add--interactive", "am", "annotate", "apply", "archimport", "archive", "backfill", "bisect",
    "bisect--helper", "blame", "branch", "bugreport", "bundle", "cat-file", "check-attr", "check-ignore",
    "check-mailmap", "check-ref-format", "checkout", "checkout--worker", "checkout-index", "cherry", "cherry-pick",
    "citool", "clean", "clone", "column", "commit", "commit-graph", "commit-tree", "config", "count-objects",
    "credential", "credential-cache", "credential-cache--daemon", "credential-netrc", "credential-store",
    "cvsexportcommit", "cvsimport", "cvsserver", "daemon", "describe", "diagnose", "diff", "diff-files",
    "diff-index", "diff-pairs", "diff-tree", "difftool", "difftool--helper", "env--helper", "fast-export",
    "fast-import", "fetch", "fetch-pack", "filter-branch", "fmt-merge-msg", "for-each-ref", "for-each-repo",
    "format-patch", "fsck", "fsck-objects", "fsmonitor--daemon", "gc", "get-tar-commit-id", "gitk", "grep", "gui",
    "gui--askpass", "hash-object", "help", "hook", "http-backend", "http-fetch", "http-push", "imap-send",
    "index-pack", "init", "init-db", "instaweb", "interpret-trailers", "last-modified", "lfs", "log", "ls-files",
    "ls-remote", "ls-tree", "mailinfo", "mailsplit", "maintenance", "merge", "merge-base", "merge-file",
    "merge-index", "merge-octopus", "merge-one-file", "merge-ours", "merge-recursive", "merge-recursive-ours",
    "merge-recursive-theirs", "merge-resolve", "merge-subtree", "merge-tree", "mergetool", "mktag", "mktree",
    "multi-pack-index", "mv", "name-rev", "notes", "p4", "pack-objects", "pack-redundant", "pack-refs",
    "parse-remote", "patch-id", "pickaxe", "prune", "prune-packed", "pull", "push", "quiltimport", "range-diff",
    "read-tree", "rebase", "receive-pack", "reflog", "refs", "remote", "remote-ext", "remote-fd", "remote-ftp",
    "remote-ftps", "remote-http", "remote-https", "repack", "replace", "replay", "repo", "request-pull", "rerere",
    "reset", "restore", "rev-list", "rev-parse", "revert", "rm", "send-email", "send-pack", "sh-i18n",
    "sh-i18n--envsubst", "sh-prompt", "sh-setup", "shell", "shortlog", "show", "show-branch", "show-index",
    "show-ref", "sparse-checkout", "stage", "stash", "status", "stripspace", "submodule", "submodule--helper",
    "subtree", "svn", "switch", "symbolic-ref", "tag", "unpack-file", "unpack-objects", "update-index", "update-ref",
    "update-server-info", "upload-archive", "upload-archive--writer", "upload-pack", "var", "verify-commit",
    "verify-pack", "verify-tag", "version", "web--browse", "whatchanged", "worktree", "write-tree"};
static_assert(std::is_sorted(k_own.begin(), k_own.end()));

// Commands that send to another repository without `git push`, and the words that make them do it; none: always.
struct Sender {
  std::string_view command;
  std::array<std::string_view, 5> words;
};
constexpr std::array<Sender, 5> k_senders = {{
    {"svn", {"dcommit", "set-tree", "commit-diff", "branch", "tag"}},
    {"p4", {"submit", "commit"}},
    {"lfs", {"push"}},
    {"annex", {"copy", "move", "export", "mirror", "transferkeys"}},
    {"cvsexportcommit", {}},
}};

// The programs by which git's transport helpers push; the helpers themselves (remote-*) cannot without them.
bool is_plumbing(std::string_view command) {
  return command == "send-pack" || command == "http-push";
}

// Wherever the word stands, since these commands have options of their own before it; of lfs only its command, which comes first.
bool sends(const Sender& sender, std::span<const std::string> rest) {
  if (sender.command == "lfs") rest = rest.first(std::min<std::size_t>(rest.size(), 1));
  if (sender.words.front().empty()) return true;
  return std::ranges::any_of(rest, [&sender](const std::string& word) {
    return !word.empty() && std::ranges::find(sender.words, word) != sender.words.end();
  });
}

// git turns it into `git help COMMAND`; the other is asked by completions, and counts only alone.
bool only_asks(const std::vector<std::string>& rest) {
  if (rest.empty()) return false;
  const bool is_completion = rest.front() == "--git-completion-helper" || rest.front() == "--git-completion-helper-all";
  return rest.front() == "--help" || (is_completion && rest.size() == 1);
}

}  // namespace

Meaning meaning_of(const Words& words) {
  if (only_asks(words.rest) && (words.command == "push" || words.command == "clean")) return Meaning::harmless;
  if (words.command == "push") return Meaning::push;
  if (words.command == "clean") return Meaning::clean;
  if (is_plumbing(words.command)) return Meaning::plumbing;
  const auto sender = std::ranges::find(k_senders, words.command, &Sender::command);
  if (words.command.starts_with("remote-")) return Meaning::harmless;
  if (sender != k_senders.end() && sends(*sender, words.rest)) return Meaning::sends_otherwise;
  if (words.command.empty() || words.command.starts_with('-')) return Meaning::harmless;
  return std::ranges::binary_search(k_own, words.command) ? Meaning::harmless : Meaning::unknown;
}

}  // namespace pvm::wrappers::git
