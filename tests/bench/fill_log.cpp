// SPDX-License-Identifier: Apache-2.0
// fill_log DIR COUNT: a vault in DIR (made if it is missing) whose audit log has COUNT entries.
//
// First come grants, signed by ssh-keygen with the key DIR/key and stored by the vault. Then entries, written
// as the vault writes them (record, leaf, edge of the tree, columns), but many in a transaction and without
// waiting for the disk: of ten, four are denials, three allow, and three are the outcomes of those. Each use
// is counted in its grant's row, so that `pvmctl audit verify` finds the log whole.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/crypto/merkle.hpp"
#include "libpvm/crypto/sha256.hpp"
#include "libpvm/vault/audit.hpp"
#include "libpvm/vault/change.hpp"
#include "libpvm/vault/sqlite.hpp"
#include "libpvm/vault/vault.hpp"
#include "tests/bench/real_grant.hpp"

namespace {

using namespace pvm;
using base::Result;

constexpr std::uint64_t k_max_entries = 1'000'000'000;
constexpr std::uint64_t k_entries_a_transaction = 100'000;
constexpr std::size_t k_grants = 16;

// ---- what is written ----------------------------------------------------------------------------

// What the vault says of a call, in the words and in the order of SqliteVault::decide. Verbatim: there is
// nothing in it to redact, and to look for that takes longer than all else.
void add_call(vault::Details& details, const std::string& path) {
  details.add_verbatim("command", base::shell_command({"rm", "-f", path}))
      .add_verbatim("cwd", "/home/alice/app")
      .add_verbatim("effect", "sha256:" + base::to_hex(crypto::sha256(path)))
      .add_verbatim("files", "1")
      .add_verbatim("directories", "0")
      .add_verbatim("bytes", std::to_string(path.size() * 100));
}

vault::AuditEntry decision(const std::string& path, const std::string& word) {
  vault::AuditEntry entry;
  entry.type = vault::EntryType::decision;
  entry.agent = "bench";
  entry.scope = path;
  entry.decision = word;
  return entry;
}

vault::AuditEntry denial(std::uint64_t number) {
  const std::string path = "/home/alice/app/src/module_" + std::to_string(number % 997) + "/unit.cpp";
  vault::AuditEntry entry = decision(path, "deny");
  vault::Details details;
  details.add_verbatim("action", "rm").add_verbatim("why", "no-grant");
  add_call(details, path);
  entry.details = details.text();
  return entry;
}

vault::AuditEntry permission(std::uint64_t number, std::size_t at, const base::GrantId& grant) {
  const std::string path = "/srv/granted/" + std::to_string(at) + "/object_" + std::to_string(number) + ".o";
  vault::AuditEntry entry = decision(path, "allow");
  entry.grant = grant;
  vault::Details details;
  details.add_verbatim("action", "rm").add_verbatim("approver", "bench").add_verbatim("via", "cli");
  add_call(details, path);
  entry.details = details.text();
  return entry;
}

vault::AuditEntry outcome(std::uint64_t of) {
  vault::AuditEntry entry;
  entry.type = vault::EntryType::outcome;
  entry.agent = "bench";
  entry.details =
      vault::Details().add_verbatim("entry", std::to_string(of)).add_verbatim("outcome", "exit 0").text();
  return entry;
}

// ---- writing ------------------------------------------------------------------------------------

/// Change::append for very many entries: one statement for all.
class Filler {
 public:
  Filler(const vault::Database& database, std::vector<base::GrantId> grants)
      : database_(database),
        grants_(std::move(grants)),
        used_(grants_.size()),
        insert_(database.prepare("INSERT INTO audit(entry_id, timestamp, entry_type, agent_id, scope, "
                                 "decision, details, grant_id, tier, record, leaf) "
                                 "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")) {}

  /// Fills up to entry `last`.
  Result<void> fill(std::uint64_t last) {
    for (;;) {
      auto change = vault::Change::begin(database_, base::SystemClock().now(), vault::ClockRule::refuse);
      if (!change) return base::pass_on(change);
      vault::State& state = change->state();
      if (state.log.size() >= last) return count_uses(*change);
      for (std::uint64_t done = 0; done < k_entries_a_transaction && state.log.size() < last; ++done) {
        if (auto written = append(state, next(state.log.size() + 1), change->now()); !written) return written;
      }
      state.clock_mark = std::max(state.clock_mark, change->now());
      if (auto committed = change->commit(); !committed) return committed;
    }
  }

 private:
  vault::AuditEntry next(std::uint64_t number) {
    if (allowed_ != 0) return outcome(std::exchange(allowed_, 0));
    const bool is_denial = turn_ % 7 < 4;  // four denials and three pairs, in turn
    if (++turn_; is_denial) return denial(number);
    allowed_ = number;
    const std::size_t at = turn_ % grants_.size();
    ++used_[at];
    return permission(number, at, grants_[at]);
  }

  Result<void> append(vault::State& state, vault::AuditEntry entry, base::UnixTime now) {
    entry.entry = state.log.size() + 1;
    entry.time = now;
    const std::string record = vault::encode_record(entry);
    const base::Digest leaf = crypto::leaf_hash(record);
    const std::string_view leaf_bytes(reinterpret_cast<const char*>(leaf.data()), leaf.size());
    const std::string scope = vault::scope_column(entry);
    const auto grant = entry.grant ? std::optional<std::string>(entry.grant->hex()) : std::nullopt;
    insert_.reset();
    insert_.bind(static_cast<std::int64_t>(entry.entry), base::unix_seconds(now), to_text(entry.type),
                 entry.agent, scope, entry.decision, entry.details, grant,
                 static_cast<std::int64_t>(entry.tier), vault::Blob{record}, vault::Blob{leaf_bytes});
    if (auto done = insert_.run(); !done) return done;
    state.log.append(leaf);
    return {};
  }

  Result<void> count_uses(vault::Change& change) {
    vault::Statement update = database_.prepare("UPDATE grants SET used = used + ?1 WHERE grant_id = ?2");
    for (std::size_t at = 0; at < grants_.size(); ++at) {
      const std::string id = grants_[at].hex();
      update.reset();
      if (auto done = update.bind(static_cast<std::int64_t>(used_[at]), id).run(); !done) return done;
    }
    return change.commit();
  }

  const vault::Database& database_;
  std::vector<base::GrantId> grants_;
  std::vector<std::uint64_t> used_;  // by grant
  vault::Statement insert_;
  std::uint64_t allowed_ = 0;  // the entry whose outcome comes next
  std::uint64_t turn_ = 0;
};

Result<std::vector<base::GrantId>> store_grants(const std::string& directory) {
  const auto vault = bench::open_or_create(directory, base::SystemClock().now());
  if (!vault) return base::pass_on(vault);
  std::vector<base::GrantId> ids;
  for (std::size_t at = 0; at < k_grants; ++at) {
    const std::string scope = "/srv/granted/" + std::to_string(at) + "/**";
    auto done = bench::add_real_grant(**vault, directory, scope, base::SystemClock().now());
    if (!done) return base::pass_on(done);
  }
  const auto stored = (*vault)->grants({"bench", std::nullopt, k_grants});
  if (!stored) return base::pass_on(stored);
  for (const vault::StoredGrant& grant : *stored) ids.push_back(grant.id);
  std::ranges::reverse(ids);  // the newest came first
  return ids;
}

// Without a WAL meanwhile, which would take every page twice. A fault in between leaves a vault that is no
// good.
Result<void> run(const std::string& directory, std::uint64_t count) {
  auto grants = store_grants(directory);
  if (!grants) return base::pass_on(grants);
  const auto database = vault::Database::open(directory + "/vault.db", vault::OpenMode::existing);
  if (!database) return base::pass_on(database);
  constexpr const char* k_fast =
      "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536;";
  if (auto done = database->execute(k_fast); !done) return done;
  if (auto done = Filler(*database, std::move(*grants)).fill(count); !done) return done;
  return database->execute("PRAGMA synchronous=FULL; PRAGMA journal_mode=WAL;");
}

}  // namespace

int main(int argc, char** argv) {
  const auto count = argc == 3 ? base::parse_decimal(argv[2], k_max_entries) : std::nullopt;
  if (!count) {
    std::fputs("usage: fill_log DIR COUNT\n", stderr);
    return 2;
  }
  const auto done = run(argv[1], *count);
  if (done) return 0;
  std::fprintf(stderr, "fill_log: %s\n", done.error().message.c_str());
  return 1;
}
