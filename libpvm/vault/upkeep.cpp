// SPDX-License-Identifier: Apache-2.0
// Integrity check and backup.
#include "libpvm/vault/upkeep.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>

#include "libpvm/base/text.hpp"
#include "libpvm/vault/sqlite_vault.hpp"
#include "libpvm/vault/vault_files.hpp"

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t k_most_complaints = 100;

Result<void> gather(const Database& database, const char* pragma, std::vector<std::string>& complaints,
                    std::string (*to_line)(const Statement& row)) {
  Statement rows = database.prepare(pragma);
  while (complaints.size() < k_most_complaints) {
    const auto row = rows.step();
    if (!row) return base::pass_on(row);
    if (!*row) break;
    std::string line = to_line(rows);
    if (!line.empty()) complaints.push_back(std::move(line));
  }
  return {};
}

std::string integrity_line(const Statement& row) {
  std::string text = row.text(0);
  if (text == "ok") return {};
  constexpr std::string_view heading = "*** in database main ***\n";
  if (text.starts_with(heading)) text.erase(0, heading.size());
  return base::display(text, 400);
}

std::string reference_line(const Statement& row) {
  return "table " + base::display(row.text(0), 64) + ": a row refers to one of " + base::display(row.text(2), 64) +
         " that is not there";
}

struct Target {
  std::string directory;  // by its real path
  std::string name;

  [[nodiscard]] std::string path() const { return (directory == "/" ? "" : directory) + "/" + name; }
};

Result<Target> find_target(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (name.empty() || name == "." || name == "..") {
    return fail(Code::usage, base::quoted(path) + " is no name for a new file");
  }
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(directory.c_str(), nullptr), &std::free);
  if (!real) return base::fail_errno(base::quoted(directory), errno);
  return Target{real.get(), name};
}

/// In a directory that a group writes, a member could put something else in the place of what is being made.
Result<void> check_not_shared(const Target& target) {
  struct stat about {};
  if (::stat(target.directory.c_str(), &about) != 0) return base::fail_errno(base::quoted(target.directory), errno);
  if ((about.st_mode & S_IWGRP) == 0) return {};
  return fail(Code::unsafe, base::quoted(target.directory) + " is the vault's own, and its group writes there",
              "name a directory of your own");
}

Result<void> make_empty(const std::string& path) {
  const base::Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
  if (!file) return base::fail_errno("cannot create " + base::quoted(path), errno);
  return {};
}

Result<void> copy_and_check(const Database& database, const std::string& path, CopyFor purpose,
                            const PageProgress& progress) {
  if (auto done = make_empty(path); !done) return done;
  const auto copy = Database::open(path, OpenMode::unshared);
  if (!copy) return base::pass_on(copy);
  // Alone with the file, a journal in memory will do: a copy that was broken off is thrown away.
  if (auto done = copy->execute("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=MEMORY;"); !done) return done;
  if (auto done = database.copy_into(*copy, progress); !done) return done;
  if (auto done = check_undamaged(*copy, "the vault"); !done) return done;
  // A copy has the journal mode of what it was made of, and to be read that wants to make a -wal beside it.
  if (purpose == CopyFor::keeping) return copy->execute("PRAGMA journal_mode=DELETE");
  return {};
}

}  // namespace

Result<std::vector<std::string>> find_damage(const Database& database) {
  std::vector<std::string> complaints;
  if (auto done = gather(database, "PRAGMA integrity_check(100)", complaints, integrity_line); !done) {
    return base::pass_on(done);
  }
  if (auto done = gather(database, "PRAGMA foreign_key_check", complaints, reference_line); !done) {
    return base::pass_on(done);
  }
  return complaints;
}

Result<void> check_undamaged(const Database& database, const std::string& what) {
  const auto complaints = find_damage(database);
  if (!complaints) return base::pass_on(complaints);
  if (complaints->empty()) return {};
  return fail(Code::malformed, what + " is damaged: " + complaints->front(),
              "a human must look at it: pvmctl doctor");
}

Result<std::string> copy_to_new_file(const Database& database, const std::string& path, CopyFor purpose,
                                     const PageProgress& progress, const std::string& place) {
  const auto target = find_target(path);
  if (!target) return base::pass_on(target);
  if (is_there(target->path())) {
    return fail(Code::exists, base::quoted(target->path()) + " is there already", "give another name");
  }
  const std::string& within = place.empty() ? target->directory : place;
  remove_leftovers(within);
  const auto state = purpose == CopyFor::keeping ? ParentIs::unknown : ParentIs::checked;
  const auto aside = PrivateDirectory::make(within, state);
  if (!aside) return base::pass_on(aside);
  const auto copied = copy_and_check(database, aside->database(), purpose, progress);
  if (!copied && copied.error().code == Code::full) {
    return fail(Code::full, "no room for a copy of the vault in " + base::quoted(target->directory),
                "free some room, or name another directory");
  }
  if (!copied) return base::pass_on(copied);
  if (auto done = sync_file(aside->database()); !done) return base::pass_on(done);
  if (auto done = rename_to_new(aside->database(), target->path()); !done) return base::pass_on(done);
  if (auto done = sync_directory(target->directory); !done) {
    ::unlink(target->path().c_str());
    return base::pass_on(done);
  }
  return target->path();
}

Result<std::vector<std::string>> SqliteVault::check_integrity() { return find_damage(database_); }

Result<void> SqliteVault::checkpoint() {
  if (!is_in_place()) return fail(Code::conflict, "another file is in the place of the vault or of its -wal");
  database_.empty_wal();
  return {};
}

void SqliteVault::checkpoint_if_due() noexcept {
  try {
    if (database_.wal_frames() > k_most_wal_frames && is_in_place()) database_.empty_wal();
  } catch (...) {  // no memory to find out
  }
}

Result<void> SqliteVault::backup(const std::string& path, base::UnixTime now, const Progress& progress) {
  const auto target = find_target(path);
  if (!target) return base::pass_on(target);
  if (target->path().starts_with(path_ + "-")) {
    return fail(Code::usage, base::quoted(path) + " is a name that SQLite may use for a part of the vault",
                "give another name");
  }
  if (is_there(target->path())) {
    return fail(Code::exists, base::quoted(target->path()) + " is there already", "give another name");
  }
  if (target->directory == path_.substr(0, path_.rfind('/'))) {
    if (auto done = check_not_shared(*target); !done) return done;
  }
  // What could not even begin is no entry.
  if (const auto attempt = PrivateDirectory::make(target->directory, ParentIs::unknown); !attempt) return base::pass_on(attempt);
  AuditEntry entry;
  entry.type = EntryType::backup;
  entry.time = now;
  entry.details = Details().add("path", target->path()).text();
  if (auto done = append(entry); !done) return done;

  // One snapshot, so that those who write meanwhile neither wait nor make the copy start anew.
  const auto snapshot = Snapshot::begin(database_);
  if (!snapshot) return base::pass_on(snapshot);
  if (const auto state = read_state(database_); !state) return base::pass_on(state);
  const auto done = copy_to_new_file(database_, target->path(), CopyFor::keeping, progress);
  if (!done) return base::pass_on(done);
  return {};
}

}  // namespace pvm::vault
