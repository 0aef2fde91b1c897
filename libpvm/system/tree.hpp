// SPDX-License-Identifier: Apache-2.0
// Pinned parents and what is beneath an operand. Floor: system.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/model/effect.hpp"

namespace pvm::system {

/// A directory held by descriptor (O_PATH), with the path the kernel has for it. Whatever is renamed or
/// swapped for a symlink on the way to it, the descriptor stays on the directory that was matched.
struct PinnedDirectory {
  base::Descriptor descriptor;
  std::string real_path;  // canonical; verified to lead to the same device and inode
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
};

/// Opens `path` (relative ones from the working directory), following symlinks.
/// Errors: as errno says for the open (limit: no descriptor left); unsafe where the directory has no name any
/// more, is not reachable by it, or has one of more than 4,095 bytes.
[[nodiscard]] base::Result<PinnedDirectory> pin_directory(const std::string& path);

/// The canonical path of `name` in `parent`. REQUIRES: `name` is one component, neither "." nor "..".
[[nodiscard]] std::string path_in(const PinnedDirectory& parent, const std::string& name);

/// The type of model::EffectEntry for a stat mode; never 'u'.
[[nodiscard]] char entry_type(mode_t mode);

enum class Depth { item, tree };
enum class Mounts { cross, stay };  // stay: rm --one-file-system

/// A tree whose relative paths take more bytes than this together counts as past its bound too: the paths of
/// a chain of directories grow with the square of its depth.
inline constexpr std::size_t k_tree_path_bytes = std::size_t{64} << 20;

struct Listing {
  model::OperandEffect effect;  // entries sorted by path
  model::Completeness completeness = model::Completeness::whole;
};

/// The entries of what `name` in the pinned `parent` is: itself, and with Depth::tree all beneath it, without
/// following symlinks. Counts down `budget` by one for each entry; where one more is found at 0 the listing
/// stops and says Completeness::bounded (so an entry of `effect` may be lacking even for the operand itself).
/// A directory that cannot be read (or searched, and is not empty) is an entry of type 'u'. A directory on
/// another device with Mounts::stay is listed but not entered. Depth is not limited by the number of
/// descriptors: at most 67 are open at once. Modification times outside the years 1677 to 2262 wrap around.
/// Errors: missing (the name is not there); unsafe (the name cannot be looked up); io (the tree changes while
/// it is read, or the system fails).
[[nodiscard]] base::Result<Listing> list_tree(const PinnedDirectory& parent, const std::string& name,
                                              Depth depth, Mounts mounts, std::size_t& budget);

}  // namespace pvm::system
