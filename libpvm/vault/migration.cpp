// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/migration.hpp"

#include <unistd.h>

#include "libpvm/vault/schema.hpp"
#include "libpvm/vault/sqlite_vault.hpp"
#include "libpvm/vault/upkeep.hpp"
#include "libpvm/vault/vault_files.hpp"

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;

/// Through a connection of its own: SQLite copies nothing from one that is writing.
Result<std::string> copy_beside(const std::string& path, const std::string& place, int format, base::UnixTime now) {
  const auto database = Database::open(path, OpenMode::existing);
  if (!database) return base::pass_on(database);
  const auto snapshot = Snapshot::begin(*database);
  if (!snapshot) return base::pass_on(snapshot);
  if (const auto read = read_format(*database); !read) return base::pass_on(read);
  const std::string name = dated_name(path, "format" + std::to_string(format), now);
  return copy_to_new_file(*database, name, CopyFor::renaming, {}, place);
}

/// Under the write lock, so that nobody writes between the copy and the change. nullopt: another process was faster.
Result<std::optional<Migrated>> copy_and_change(const Database& database, const std::string& path,
                                                const std::string& place, base::UnixTime now) {
  auto change = Change::begin(database, now, ClockRule::accept);
  if (!change) return base::pass_on(change);
  if (database.is_moved()) return fail(Code::busy, "the vault was replaced meanwhile", "try again");
  const auto from = check_any_schema(database);
  if (!from) return base::pass_on(from);
  if (*from == k_schema_version) return std::optional<Migrated>();
  auto copy = copy_beside(path, place, *from, now);
  if (!copy) return base::pass_on(copy);
  if (auto done = take_steps(database, *change, *from, *copy); !done) {
    ::unlink(copy->c_str());  // of a vault that stays as it is
    return base::pass_on(done);
  }
  if (auto done = change->commit(); !done) return base::pass_on(done);
  return std::optional<Migrated>({*from, k_schema_version, std::move(*copy)});
}

Result<void> check_tables(const Database& database) {
  const auto snapshot = Snapshot::begin(database);
  if (!snapshot) return base::pass_on(snapshot);
  if (const auto format = check_any_schema(database); !format) return base::pass_on(format);
  return {};
}

}  // namespace

Result<void> take_steps(const Database& database, Change& change, int from, const std::string& copy) {
  for (const Step& step : migration_steps()) {
    if (step.from < from) continue;
    if (auto done = check_objects(database, step.from); !done) return done;
    if (auto done = database.execute(std::string(step.sql).c_str()); !done) return done;
    if (auto done = write_format(database, step.from + 1); !done) return done;
  }
  if (auto done = check_schema(database); !done) return done;
  AuditEntry entry;
  entry.type = EntryType::migrate;
  entry.details = Details()
                      .add("from", static_cast<std::uint64_t>(from))
                      .add("to", std::uint64_t{k_schema_version})
                      .add("copy", copy)
                      .text();
  if (auto done = change.append(std::move(entry)); !done) return base::pass_on(done);
  return {};
}

Result<std::optional<Migrated>> migrate_vault(const std::string& state_directory, Sharing sharing,
                                              base::UnixTime now) {
  const auto guard = guard_of(sharing);
  const auto directory = checked_state_directory(state_directory, guard);
  if (!directory) return base::pass_on(directory);
  const auto place = place_for_copies(*directory, sharing);
  if (!place) return base::pass_on(place);
  const std::string path = *directory + "/" + std::string(k_vault_name);
  if (auto done = check_vault_files(path, guard); !done) return base::pass_on(done);
  auto database = Database::open(path, OpenMode::existing);
  if (!database) return base::pass_on(database);
  // Before anything is asked of it, the state row too.
  if (auto done = check_tables(*database); !done) return base::pass_on(done);
  auto migrated = copy_and_change(*database, path, *place, now);
  if (!migrated || !*migrated) return migrated;

  const auto state = read_state(*database);
  if (!state) return base::pass_on(state);
  const auto id = base::VaultId::from_hex(state->vault_id);
  if (!id) return fail(Code::malformed, "the vault's id is not an id", "a human must look at it: pvmctl doctor");
  SqliteVault vault(std::move(*database), path, *id, SqliteVault::Wal::is_new);
  if (const auto head = vault.durable_head(); !head) return base::pass_on(head);
  return migrated;
}

}  // namespace pvm::vault
