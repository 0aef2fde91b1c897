// SPDX-License-Identifier: Apache-2.0
// The commands that git has itself. Program: safe-git-push.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace pvm::wrappers::git {

// git's own commands up to 2.39 and those that came since, sorted. An alias cannot take the name of a built-in one.
inline constexpr std::array<std::string_view, 189> k_own = {
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

/// Those of them whose words have to be looked into.
inline constexpr std::array<std::string_view, 8> k_looked_into = {"clean", "cvsexportcommit", "http-push", "lfs",
                                                                  "p4",    "push",            "send-pack", "svn"};

}  // namespace pvm::wrappers::git
