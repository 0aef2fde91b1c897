// SPDX-License-Identifier: Apache-2.0
#include "libpvm/system/tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "libpvm/base/text.hpp"
#include "libpvm/model/scope.hpp"

namespace pvm::system {
namespace {

using base::Code;
using base::Descriptor;
using base::Result;

// Ancestors whose descriptors are kept; older ones are closed, and reached again through "..".
constexpr std::size_t k_open_ancestors = 64;
constexpr int k_read_directory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

bool is_same(const struct stat& status, std::uint64_t device, std::uint64_t inode) {
  return status.st_dev == device && status.st_ino == inode;
}

// The kernel's own path of an open directory; nullopt where it has none, or one too long to be told.
std::optional<std::string> path_of_descriptor(int fd) {
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  std::array<char, PATH_MAX> buffer{};
  const ssize_t size = ::readlink(link.c_str(), buffer.data(), buffer.size());
  if (size <= 0 || static_cast<std::size_t>(size) >= buffer.size()) return std::nullopt;
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

bool leads_to(const std::string& path, std::uint64_t device, std::uint64_t inode) {
  struct stat status {};
  return model::is_canonical(path) && ::lstat(path.c_str(), &status) == 0 && is_same(status, device, inode);
}

std::string joined(const std::string& directory, std::string_view name) {
  std::string path = directory;
  if (!path.empty() && path.back() != '/') path += '/';
  path += name;
  return path;
}

std::int64_t nanoseconds(const struct timespec& time) {
  const auto seconds = static_cast<std::uint64_t>(time.tv_sec);
  return static_cast<std::int64_t>(seconds * 1'000'000'000U + static_cast<std::uint64_t>(time.tv_nsec));
}

model::EffectEntry make_entry(const struct stat& status, std::string path) {
  model::EffectEntry entry;
  entry.type = entry_type(status.st_mode);
  entry.device = status.st_dev;
  entry.inode = status.st_ino;
  if (entry.type == 'f') {
    entry.size = static_cast<std::uint64_t>(status.st_size);
    entry.mtime_ns = nanoseconds(status.st_mtim);
  }
  entry.path = std::move(path);
  return entry;
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using DirectoryStream = std::unique_ptr<DIR, CloseDirectory>;

// A stream over what `fd` holds, with a descriptor of its own.
DirectoryStream stream_of(int fd) {
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return nullptr;
  DirectoryStream stream(::fdopendir(copy));
  if (!stream) ::close(copy);
  return stream;
}

// Reads one tree, depth first, one directory whole before any beneath it.
class TreeReader {
 public:
  TreeReader(std::string operand, Mounts mounts, std::size_t& budget) : mounts_(mounts), budget_(budget) {
    listing_.effect.operand = std::move(operand);
  }

  Result<Listing> read(int parent, const std::string& name, Depth depth);

 private:
  // A directory that was read, while those in it are.
  struct Level {
    Descriptor descriptor;  // none where it was closed for the sake of deeper ones
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::vector<std::size_t> unread;  // indices of entries: the directories in it that are still to be read
  };

  bool add(const struct stat& status, std::string path);
  Result<void> enter(int parent, const char* name, std::size_t index);
  Result<void> read_names(DIR* stream, std::size_t index, Level& level);
  Result<void> add_child(const char* name, std::size_t index, Level& level);
  Result<void> go_on();
  Result<void> leave();
  void push(Level level);

  [[nodiscard]] bool is_to_be_entered(const model::EffectEntry& entry) const {
    return entry.type == 'd' && (mounts_ == Mounts::cross || entry.device == entries().front().device);
  }
  [[nodiscard]] bool is_bounded() const { return listing_.completeness == model::Completeness::bounded; }
  [[nodiscard]] std::vector<model::EffectEntry>& entries() { return listing_.effect.entries; }
  [[nodiscard]] const std::vector<model::EffectEntry>& entries() const { return listing_.effect.entries; }
  [[nodiscard]] std::string shown(std::size_t index) const {
    const std::string& path = entries()[index].path;
    return base::quoted(path.empty() ? listing_.effect.operand : joined(listing_.effect.operand, path));
  }
  [[nodiscard]] base::Failure failure(std::size_t index, int number) const;

  Mounts mounts_;
  std::size_t& budget_;
  Listing listing_;
  std::size_t path_bytes_ = 0;
  std::vector<Level> levels_;
};

Result<Listing> TreeReader::read(int parent, const std::string& name, Depth depth) {
  struct stat status {};
  if (::fstatat(parent, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return base::fail_errno(base::quoted(listing_.effect.operand), errno);
  }
  if (add(status, "") && depth == Depth::tree && is_to_be_entered(entries().front())) {
    if (auto entered = enter(parent, name.c_str(), 0); !entered) return base::pass_on(entered);
    while (!levels_.empty() && !is_bounded()) {
      if (auto went = go_on(); !went) return base::pass_on(went);
    }
  }
  std::ranges::sort(entries(), {}, &model::EffectEntry::path);
  return std::move(listing_);
}

// False where it does not fit the bounds any more.
bool TreeReader::add(const struct stat& status, std::string path) {
  path_bytes_ += path.size();
  if (budget_ == 0 || path_bytes_ > k_tree_path_bytes) {
    listing_.completeness = model::Completeness::bounded;
    return false;
  }
  --budget_;
  entries().push_back(make_entry(status, std::move(path)));
  return true;
}

base::Failure TreeReader::failure(std::size_t index, int number) const {
  if (number == ENOENT || number == ENOTDIR || number == ELOOP || number == ESTALE) {
    return base::fail(Code::io, shown(index) + " changed while it was read",
                      "try again when nothing writes to it");
  }
  return base::fail_errno("cannot read " + shown(index), number);
}

// Opens the directory that entry `index` is, and adds what is in it.
Result<void> TreeReader::enter(int parent, const char* name, std::size_t index) {
  Level level;
  level.descriptor = Descriptor(::openat(parent, name, k_read_directory));
  if (!level.descriptor) {
    if (errno != EACCES && errno != EPERM) return failure(index, errno);
    entries()[index].type = 'u';
    return {};
  }
  level.device = entries()[index].device;
  level.inode = entries()[index].inode;
  struct stat status {};
  if (::fstat(level.descriptor.get(), &status) != 0) return failure(index, errno);
  if (!is_same(status, level.device, level.inode)) return failure(index, ESTALE);

  const DirectoryStream stream = stream_of(level.descriptor.get());
  if (!stream) return failure(index, errno);
  if (auto read = read_names(stream.get(), index, level); !read) return read;
  if (!level.unread.empty()) push(std::move(level));
  return {};
}

Result<void> TreeReader::read_names(DIR* stream, std::size_t index, Level& level) {
  while (!is_bounded() && entries()[index].type != 'u') {
    errno = 0;
    const struct dirent* item = ::readdir(stream);
    if (item == nullptr && errno == 0) break;
    if (item == nullptr) return failure(index, errno);
    const std::string_view name = static_cast<const char*>(item->d_name);
    if (name == "." || name == "..") continue;
    if (auto added = add_child(name.data(), index, level); !added) return added;
  }
  return {};
}

Result<void> TreeReader::add_child(const char* name, std::size_t index, Level& level) {
  struct stat status {};
  if (::fstatat(level.descriptor.get(), name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != EACCES) return failure(index, errno);
    entries()[index].type = 'u';
    return {};
  }
  if (!add(status, joined(entries()[index].path, name))) return {};
  if (is_to_be_entered(entries().back())) level.unread.push_back(entries().size() - 1);
  return {};
}

// Reads the next directory of the deepest level, or leaves that level.
Result<void> TreeReader::go_on() {
  Level& level = levels_.back();
  if (level.unread.empty()) return leave();
  const std::size_t index = level.unread.back();
  level.unread.pop_back();
  const std::string path = entries()[index].path;
  const std::size_t slash = path.rfind('/');
  const char* name = path.c_str() + (slash == std::string::npos ? 0 : slash + 1);
  return enter(level.descriptor.get(), name, index);
}

void TreeReader::push(Level level) {
  levels_.push_back(std::move(level));
  if (levels_.size() > k_open_ancestors) levels_[levels_.size() - k_open_ancestors - 1].descriptor.close();
}

// Goes up one level; one whose descriptor was closed is opened as "..", and must be the directory it was.
Result<void> TreeReader::leave() {
  const Level left = std::move(levels_.back());
  levels_.pop_back();
  if (levels_.empty() || levels_.back().descriptor) return {};
  Level& above = levels_.back();
  above.descriptor = Descriptor(::openat(left.descriptor.get(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct stat status {};
  if (!above.descriptor || ::fstat(above.descriptor.get(), &status) != 0) return failure(0, errno);
  if (!is_same(status, above.device, above.inode)) return failure(0, ESTALE);
  return {};
}

}  // namespace

Result<PinnedDirectory> pin_directory(const std::string& path) {
  PinnedDirectory pinned;
  pinned.descriptor = Descriptor(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!pinned.descriptor) {
    if (errno == EMFILE || errno == ENFILE) {
      return base::fail(Code::limit, "too many directories at once", "name operands of fewer directories");
    }
    return base::fail_errno(base::quoted(path), errno);
  }
  struct stat status {};
  if (::fstat(pinned.descriptor.get(), &status) != 0) return base::fail_errno(base::quoted(path), errno);
  pinned.device = status.st_dev;
  pinned.inode = status.st_ino;

  const std::optional<std::string> real_path = path_of_descriptor(pinned.descriptor.get());
  if (!real_path && ::access("/proc/self/fd", F_OK) != 0) {
    return base::fail(Code::io, base::quoted(path) + ": without /proc the kernel tells no path of it",
                      "mount /proc");
  }
  if (!real_path) {
    return base::fail(Code::unsafe,
                      base::quoted(path) + ": the kernel tells no path of it of less than 4,096 bytes",
                      "use a directory nearer to '/'");
  }
  if (!leads_to(*real_path, pinned.device, pinned.inode)) {
    return base::fail(Code::unsafe,
                      base::quoted(path) + " was removed, or is hidden, and cannot be reached as " +
                          base::quoted(*real_path),
                      "change to a directory that is there");
  }
  pinned.real_path = *real_path;
  return pinned;
}

std::string path_in(const PinnedDirectory& parent, const std::string& name) {
  return joined(parent.real_path, name);
}

char entry_type(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return 'd';
    case S_IFLNK:
      return 'l';
    case S_IFIFO:
      return 'p';
    case S_IFSOCK:
      return 's';
    case S_IFBLK:
      return 'b';
    case S_IFCHR:
      return 'c';
    default:
      return 'f';
  }
}

Result<Listing> list_tree(const PinnedDirectory& parent, const std::string& name, Depth depth, Mounts mounts,
                          std::size_t& budget) {
  return TreeReader(path_in(parent, name), mounts, budget).read(parent.descriptor.get(), name, depth);
}

}  // namespace pvm::system
