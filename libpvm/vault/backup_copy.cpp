// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/backup_copy.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <vector>

#include "libpvm/base/text.hpp"
#include "libpvm/vault/migration.hpp"
#include "libpvm/vault/schema.hpp"
#include "libpvm/vault/sqlite_vault.hpp"
#include "libpvm/vault/upkeep.hpp"

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view k_magic("SQLite format 3\0", 16);  // fileformat2.html, "The Database Header"
constexpr std::size_t k_header_bytes = 100;
constexpr std::size_t k_application_id_at = 68;
constexpr std::size_t k_bytes_at_once = std::size_t{1} << 20;

base::Failure no_backup(const std::string& backup) {
  return fail(Code::malformed, base::quoted(backup) + " is no backup of a vault", "pvmctl backup makes one");
}

/// So that gigabytes of something else are not copied first.
bool looks_like_a_vault(std::string_view start) {
  if (start.size() < k_header_bytes || !start.starts_with(k_magic)) return false;
  std::uint32_t application = 0;
  for (const char c : start.substr(k_application_id_at, 4)) {
    application = application << 8U | static_cast<unsigned char>(c);
  }
  return application == static_cast<std::uint32_t>(k_application_id);
}

Result<void> check_alone(const std::string& backup, const struct stat& about, const std::string& vault) {
  struct stat other {};
  if (::lstat(vault.c_str(), &other) == 0 && other.st_dev == about.st_dev && other.st_ino == about.st_ino) {
    return fail(Code::usage, base::quoted(backup) + " is the vault itself", "name a backup of it");
  }
  if (::lstat((backup + "-wal").c_str(), &other) != 0 || other.st_size == 0) return {};
  return fail(Code::usage, base::quoted(backup) + " is no finished backup: a part of it is in " +
                               base::quoted(backup + "-wal"),
              "pvmctl backup makes one; or bring the two together with sqlite3 and PRAGMA wal_checkpoint(TRUNCATE)");
}

Result<void> copy_bytes(const base::Descriptor& from, const base::Descriptor& to, std::uint64_t all,
                        const StageProgress& progress) {
  std::vector<char> buffer(k_bytes_at_once);
  for (std::uint64_t done = 0;;) {
    const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::fail_errno("cannot read the backup", errno);
    if (got == 0) return {};
    for (ssize_t put = 0; put < got;) {
      const ssize_t written = ::write(to.get(), buffer.data() + put, static_cast<std::size_t>(got - put));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return base::fail_errno("cannot copy the backup into the state directory", errno);
      put += written;
    }
    done += static_cast<std::uint64_t>(got);
    if (progress) progress("copying", "bytes", done, all);
  }
}

Result<void> copy_file(const std::string& backup, const std::string& directory, const std::string& to,
                       const StageProgress& progress) {
  const auto file = system::open_checked_file(backup, system::Guard::own_or_root);
  if (!file) return base::pass_on(file);
  struct stat about {};
  if (::fstat(file->get(), &about) != 0) return base::fail_errno(base::quoted(backup), errno);
  if (auto done = check_alone(backup, about, directory + "/" + std::string(k_vault_name)); !done) return done;
  std::array<char, k_header_bytes> start{};
  const ssize_t got = ::pread(file->get(), start.data(), start.size(), 0);
  if (got < 0) return base::fail_errno("cannot read " + base::quoted(backup), errno);
  if (!looks_like_a_vault({start.data(), static_cast<std::size_t>(got)})) return no_backup(backup);
  const base::Descriptor copy(
      ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
  if (!copy) return base::fail_errno("cannot create " + base::quoted(to), errno);
  return copy_bytes(*file, copy, static_cast<std::uint64_t>(about.st_size), progress);
}

/// Tables first: a check of the file evaluates what stands in them.
Result<int> check_database(const Database& database) {
  auto format = check_any_schema(database);
  if (!format) return format;
  if (auto done = check_undamaged(database, "the file"); !done) return base::pass_on(done);
  return format;
}

Result<void> migrate_copy(const Database& database, int from, const std::string& backup, base::UnixTime now) {
  auto change = Change::begin(database, now, ClockRule::accept);
  if (!change) return base::pass_on(change);
  if (auto done = take_steps(database, *change, from, backup); !done) return done;
  return change->commit();
}

LogWitnesses those_up_to(LogWitnesses witnesses, std::uint64_t size) {
  std::erase_if(witnesses.outside, [size](const OutsideHead& outside) { return outside.head.size > size; });
  return witnesses;
}

Result<void> check_log(const LogReport& report) {
  if (report.faults.empty()) return {};
  std::string text = "its log is not whole: " + report.faults.front();
  const std::size_t more = report.faults.size() - 1;
  if (more > 0) text += " (and " + base::counted(more, "fault", "faults") + " more)";
  return fail(Code::broken, text);
}

Result<void> check_copy(SoundCopy& copy, const std::string& backup, const FindWitnesses& witnesses, base::UnixTime now,
                        const StageProgress& progress) {
  const std::string path = copy.aside.database();
  auto database = Database::open(path, OpenMode::existing);
  if (!database) return base::pass_on(database);
  if (auto done = database->execute("PRAGMA journal_mode=WAL"); !done) return done;
  if (progress) progress("checking", "steps", 0, 1);
  const auto format = check_database(*database);
  if (!format) return base::pass_on(format);
  copy.format = *format;
  auto state = read_state(*database);
  if (!state) return base::pass_on(state);
  copy.state = std::move(*state);
  const auto id = base::VaultId::from_hex(copy.state.vault_id);
  if (!id) return fail(Code::malformed, "the vault's id is not an id");
  copy.id = *id;
  if (*format < k_schema_version) {
    if (auto done = migrate_copy(*database, *format, backup, now); !done) return done;
  }
  SqliteVault vault(std::move(*database), path, *id, SqliteVault::Wal::is_new);
  auto found = witnesses(*id);
  if (!found) return base::pass_on(found);
  auto report = vault.verify_log(those_up_to(std::move(*found), copy.state.log.size()),
                                 [&progress](const LogPosition& at) {
                                   if (!progress) return;
                                   const bool is_grants = at.stage == LogStage::grants;
                                   progress(is_grants ? "verifying signatures" : "verifying",
                                            is_grants ? "grants" : "entries", at.done,
                                            at.all);
                                 });
  if (!report) return base::pass_on(report);
  copy.report = std::move(*report);
  return check_log(copy.report);
}

/// What is wrong with the copy is wrong with the backup, and the vault's own hints do not help.
base::Failure of_backup(const std::string& backup, const base::Error& error) {
  const bool is_its_fault = error.code == Code::malformed || error.code == Code::broken || error.code == Code::newer;
  if (!is_its_fault) return base::Failure(error);
  return fail(error.code, base::quoted(backup) + " cannot be restored: " + error.message,
              "nothing was changed; take another backup");
}

}  // namespace

Result<SoundCopy> take_in_backup(const std::string& backup, const std::string& directory, const std::string& place,
                                 const FindWitnesses& witnesses, base::UnixTime now, const StageProgress& progress) {
  remove_leftovers(place);
  auto aside = PrivateDirectory::make(place, ParentIs::checked);
  if (!aside) return base::pass_on(aside);
  SoundCopy copy{std::move(*aside), base::VaultId(base::VaultId::Raw{}), {}, 0, {}};
  if (auto done = copy_file(backup, directory, copy.aside.database(), progress); !done) return base::pass_on(done);
  if (auto done = check_copy(copy, backup, witnesses, now, progress); !done) return of_backup(backup, done.error());
  return copy;
}

}  // namespace pvm::vault
