// SPDX-License-Identifier: Apache-2.0
// Where a repository of this machine is, by what git makes of its address (git's path.c, enter_repo; setup.c). Program:
// safe-git-push. Touches the file system; whoever may write there can lead it elsewhere a moment later.
#pragma once

#include <string>

namespace pvm::wrappers::git {

/// The real path of `path`; empty where there is nothing.
[[nodiscard]] std::string real_path(const std::string& path);
/// `path`, taken from `directory` where it is relative.
[[nodiscard]] std::string beneath(const std::string& directory, const std::string& path);
/// The first line of a small file of git's, such as ".git" with "gitdir: /x"; empty where there is none.
[[nodiscard]] std::string line_of(const std::string& path);

/// The real path of the repository that git finds at a URL of this machine, links, ".git" files and the ".git" that git puts
/// behind it followed; of one with a work tree usually the work tree. Empty: the URL is of no place here, or only git can tell.
[[nodiscard]] std::string place_of(const std::string& url);

}  // namespace pvm::wrappers::git
