// SPDX-License-Identifier: Apache-2.0
#include "libpvm/vault/sqlite_vault.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <memory>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/crypto/sha256.hpp"
#include "libpvm/model/redact.hpp"
#include "libpvm/system/safe_file.hpp"
#include "libpvm/vault/schema.hpp"

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;
using system::Guard;

constexpr int k_checkpoint_frames = 64;

Result<void> sync_directory(const std::string& path) {
  const base::Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!directory) return base::fail_errno("cannot open " + base::quoted(path) + " to sync it", errno);
  if (::fsync(directory.get()) != 0) return base::fail_errno("cannot sync " + base::quoted(path), errno);
  return {};
}

/// What the kernel says a descriptor of ours leads to.
std::string target_of(const char* descriptor) {
  std::array<char, PATH_MAX + 16> target{};
  const std::string link = std::string("/proc/self/fd/") + descriptor;
  const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
  return size <= 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(size));
}

/// SQLite opens close-on-exec; what the caller left open for us to inherit, perhaps on a file that now bears the
/// right name, cannot be so.
bool is_opened_by_us(int descriptor) { return (::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0; }

/// SQLite's own descriptors of the -wal and -shm files. Where somebody has unlinked or replaced one, the kernel
/// calls it by another name: then what we wrote is in a file that nobody else will read, or the lock that we hold
/// is on one that nobody else asks.
struct SharedFiles {
  int wal = -1;
  int shm = -1;
};

Result<SharedFiles> find_shared_files(const std::string& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> list(::opendir("/proc/self/fd"), ::closedir);
  if (list == nullptr) return base::fail_errno("cannot look at /proc/self/fd", errno);
  SharedFiles files;
  while (const dirent* entry = ::readdir(list.get())) {
    const std::string target = target_of(entry->d_name);
    const auto number = base::parse_decimal(entry->d_name, INT_MAX);
    if (!number || !is_opened_by_us(static_cast<int>(*number))) continue;
    if (target == path + "-wal") files.wal = static_cast<int>(*number);
    if (target == path + "-shm") files.shm = static_cast<int>(*number);
  }
  if (files.wal >= 0 && files.shm >= 0) return files;
  return fail(Code::unsafe, "somebody removed or replaced the vault's -wal or -shm file while it was open",
              "a human must look at it: pvmctl doctor");
}

bool exists(const std::string& path) {
  struct stat about {};
  return ::lstat(path.c_str(), &about) == 0;
}

// The vault's own file must be there and sound; those that SQLite puts beside it may be missing.
Result<void> check_files(const std::string& path, Guard guard) {
  if (auto done = system::check_file(path, guard); !done) {
    if (done.error().code != Code::missing) return done;
    return fail(Code::missing, "there is no vault at " + base::quoted(path), "a human sets one up with: pvmctl init");
  }
  for (const char* suffix : {"-wal", "-shm", "-journal"}) {
    const auto beside = system::check_file(path + suffix, guard);
    if (!beside && beside.error().code != Code::missing) return base::pass_on(beside);
  }
  return {};
}

Result<std::string> checked_state_directory(const std::string& directory, Guard guard) {
  auto real = system::checked_directory(directory, guard);
  if (!real) {
    if (real.error().code != Code::missing) return real;
    return fail(Code::missing, "there is no vault: " + base::quoted(directory) + " does not exist",
                "a human sets one up with: pvmctl init");
  }
  if (auto local = system::check_local_file_system(*real); !local) return base::pass_on(local);
  return real;
}

Result<std::unique_ptr<Vault>> adopt(Database database, const std::string& path, const State& state,
                                     SqliteVault::Wal wal) {
  const auto id = base::VaultId::from_hex(state.vault_id);
  if (!id) return fail(Code::malformed, "the vault's id is not an id", "a human must look at it: pvmctl doctor");
  return std::make_unique<SqliteVault>(std::move(database), path, *id, wal);
}

Result<void> write_first_state(const Database& database, const base::VaultId& id, base::UnixTime now) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return base::pass_on(transaction);
  if (auto done = create_schema(database); !done) return done;
  Statement insert = database.prepare(
      "INSERT INTO state(one, vault_id, generation, epoch, lock_reason, locked_at, clock_mark, log_size, log_edge) "
      "VALUES(1, ?1, 1, 1, '', 0, ?2, 0, ?3)");
  if (auto done = insert.bind(id.hex(), base::unix_seconds(now), Blob{""}).run(); !done) return done;
  return transaction->commit();
}

}  // namespace

std::string scope_of(const model::Operation& operation, std::span<const model::Scope> scopes) {
  constexpr std::size_t most = 64 * 1024;
  std::string out;
  std::size_t left_out = 0;
  const auto add = [&](std::string_view name) {
    if (out.size() + name.size() > most) {
      ++left_out;
      return;
    }
    if (!out.empty()) out += '\n';
    out += model::redact(name);
  };
  for (const model::Resource& resource : operation.resources) add(resource.name);
  for (const model::Scope& scope : scopes) add(scope.pattern());
  if (left_out > 0) out += "\n(" + std::to_string(left_out) + " more)";
  return out;
}

Result<std::unique_ptr<Vault>> create_vault(const std::string& state_directory, base::UnixTime now) {
  auto directory = checked_state_directory(state_directory, Guard::own_private);
  if (!directory) return base::pass_on(directory);
  const std::string path = *directory + "/vault.db";
  {
    const base::Descriptor file(
        ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (!file && errno == EEXIST) return fail(Code::exists, "there is a vault already: " + base::quoted(path));
    if (!file) return base::fail_errno("cannot create " + base::quoted(path), errno);
  }
  auto database = Database::open(path, OpenMode::existing);
  if (!database) return base::pass_on(database);
  if (auto done = database->execute("PRAGMA journal_mode=WAL"); !done) return base::pass_on(done);
  const auto id = crypto::random_id<base::VaultId>();
  if (auto done = write_first_state(*database, id, now); !done) return base::pass_on(done);
  const auto state = read_state(*database);
  if (!state) return base::pass_on(state);
  auto vault = adopt(std::move(*database), path, *state, SqliteVault::Wal::is_new);
  if (!vault) return vault;
  AuditEntry entry;
  entry.type = EntryType::init;
  entry.time = now;
  entry.details = Details().add("vault", id.hex()).text();
  if (auto done = (*vault)->append(entry); !done) return base::pass_on(done);
  return vault;
}

Result<std::unique_ptr<Vault>> open_vault(const std::string& state_directory, Sharing sharing) {
  const Guard guard = sharing == Sharing::group ? Guard::group_shared : Guard::own_private;
  auto directory = checked_state_directory(state_directory, guard);
  if (!directory) return base::pass_on(directory);
  const std::string path = *directory + "/vault.db";
  if (auto done = check_files(path, guard); !done) return base::pass_on(done);
  const auto wal = exists(path + "-wal") ? SqliteVault::Wal::existed : SqliteVault::Wal::is_new;
  auto database = Database::open(path, OpenMode::existing);
  if (!database) return base::pass_on(database);
  auto state = [&database]() -> Result<State> {
    const auto snapshot = Snapshot::begin(*database);
    if (!snapshot) return base::pass_on(snapshot);
    if (auto done = check_schema(*database); !done) return base::pass_on(done);
    return read_state(*database);
  }();
  if (!state) return base::pass_on(state);
  return adopt(std::move(*database), path, *state, wal);
}

SqliteVault::~SqliteVault() {
  // Nobody else may be there to do it: without a keeper the WAL must not grow from call to call.
  if (database_.wal_frames() > k_checkpoint_frames) database_.checkpoint_if_idle();
}

Result<void> SqliteVault::sync() {
  const auto files = find_shared_files(path_);
  if (!files) return base::pass_on(files);
  // Not closed: the descriptor is SQLite's.
  if (::fdatasync(files->wal) != 0) return base::fail_errno("cannot sync the vault's -wal file", errno);
  if (wal_ == Wal::existed) return {};
  if (auto done = sync_directory(path_.substr(0, path_.rfind('/'))); !done) return done;
  wal_ = Wal::existed;
  return {};
}

Result<void> SqliteVault::commit_durably(Change& change) {
  if (auto done = change.commit(); !done) return done;
  return sync();
}

Result<std::uint64_t> SqliteVault::data_version() {
  Statement statement = database_.prepare("PRAGMA data_version");
  const auto row = statement.step();
  if (!row) return base::pass_on(row);
  return statement.counter(0);
}

}  // namespace pvm::vault
