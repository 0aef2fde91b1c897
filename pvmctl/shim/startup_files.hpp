// SPDX-License-Identifier: Apache-2.0
// The files that shells read when they start, and PVM's block in them. A login shell assigns PATH anew (on Debian in
// /etc/profile), and what stood first in it is gone without a word: the block puts the shims first again. It acts only
// where PVM_AGENT is set, so nothing changes for the human's own shells.
//
//   # >>> pvm shim >>>
//   …
//   # <<< pvm shim <<<
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/system/environment.hpp"

namespace pvm::pvmctl::shim {

enum class Language { sh, fish };

struct StartupFile {
  std::string path;
  Language language = Language::sh;
  mode_t directory_mode = 0700;  // of a directory that has to be made for it
};

enum class Reach {
  user,    ///< the files of this user's home
  system,  ///< /etc's, for every user
};

/// The files that are to have the block. user: ~/.profile, and ~/.bash_profile or ~/.bash_login where there is one (bash
/// reads the first of the three alone); .zshenv and .zprofile in ZDOTDIR, else in the home; fish/conf.d/pvm.fish in
/// XDG_CONFIG_HOME, else in ~/.config. system: `etc`/profile.d/pvm.sh; zsh/zshenv and zsh/zprofile, and
/// fish/conf.d/pvm.fish, where `etc` has those directories. Errors: usage (HOME is not set or no absolute path).
[[nodiscard]] base::Result<std::vector<StartupFile>> startup_files(const system::Environment& environment, Reach reach,
                                                                   const std::string& etc = "/etc");

/// The block for `shims`. Errors: usage, where a line of a shell cannot hold that name (control bytes, no UTF-8).
[[nodiscard]] base::Result<std::string> block_for(const std::string& shims, Language language);

/// `text` with `block` where the block was, else at its end. nullopt: there is a begin or an end mark without the other,
/// or more than one, and what is in between is not known to be ours.
[[nodiscard]] std::optional<std::string> with_block(std::string_view text, std::string_view block);
/// `text` without the block; as it was where there is none. nullopt: as above.
[[nodiscard]] std::optional<std::string> without_block(std::string_view text);

enum class Written { added, renewed, same, taken_out, none };
[[nodiscard]] std::string_view to_text(Written written);

/// Writes the block into the file, atomically and with the file's mode; a missing one is made (0644). A symbolic link,
/// a read-only file, one of somebody else's, one with several names or over 1 MiB is left alone: errors unsafe, limit,
/// malformed (marks), as errno says; each names the file.
[[nodiscard]] base::Result<Written> put_block(const StartupFile& file, const std::string& shims);
/// Takes the block out, where it is the one for `shims` (empty: whatever it is for); a file that held nothing else goes.
/// Errors: as put_block.
[[nodiscard]] base::Result<Written> take_block_out(const StartupFile& file, const std::string& shims = {});
/// Whether one of `files` has the block for `shims`.
[[nodiscard]] bool has_block(const std::vector<StartupFile>& files, const std::string& shims);

}  // namespace pvm::pvmctl::shim
