// SPDX-License-Identifier: Apache-2.0
// fill_vault DIR COUNT SCOPE: a vault to measure with, in DIR (made if it is missing).
//
// COUNT filler grants, each for a directory of its own beneath /srv/filler, are written as store_grant writes
// them, but all in one transaction and with a signature that nobody made. Then comes one real grant of
// unlimited use for SCOPE, signed by ssh-keygen with the key DIR/key. All are for the agent "bench" and the
// action rm.
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/crypto/sha256.hpp"
#include "libpvm/model/grant.hpp"
#include "libpvm/vault/sqlite.hpp"
#include "libpvm/vault/vault.hpp"
#include "tests/bench/real_grant.hpp"

namespace {

using namespace pvm;
using base::Result;

constexpr std::uint64_t k_max_fillers = 100'000'000;

// As long as what ssh-keygen writes for an ed25519 key.
std::string filler_signature() {
  std::string text = "-----BEGIN SSH SIGNATURE-----\n";
  for (int line = 0; line < 3; ++line) text += std::string(70, 'A') + '\n';
  return text + std::string(28, 'A') + "\n-----END SSH SIGNATURE-----\n";
}

class Filler {
 public:
  Filler(const vault::Database& database, model::Grant pattern)
      : grant_(std::move(pattern)),
        grants_(database.prepare("INSERT INTO grants(grant_id, agent, action, not_after, epoch, use_limit, "
                                 "added, statement, signature) "
                                 "VALUES(?1, ?2, ?3, ?4, ?5, NULL, ?6, ?7, ?8)")),
        anchors_(database.prepare("INSERT INTO grant_anchors(agent, action, anchor, not_after, grant_id) "
                                  "VALUES(?1, ?2, ?3, ?4, ?5)")) {}

  Result<void> add(std::uint64_t number) {
    grant_.id = crypto::random_id<base::GrantId>();
    if (auto done = bench::set_scope(grant_, "/srv/filler/" + std::to_string(number) + "/**"); !done)
      return done;
    const auto statement = model::encode(grant_);
    if (!statement) return base::pass_on(statement);
    return insert(*statement);
  }

 private:
  Result<void> insert(const std::string& statement) {
    const std::string id = grant_.id.hex();
    const auto action = model::to_text(grant_.terms.action);
    const auto not_after = base::unix_seconds(grant_.terms.window.not_after);
    const auto added = base::unix_seconds(grant_.terms.window.not_before);
    grants_.reset();
    grants_.bind(id, grant_.terms.agent, action, not_after, static_cast<std::int64_t>(grant_.epoch), added,
                 vault::Blob{statement}, vault::Blob{signature_});
    if (auto done = grants_.run(); !done) return done;
    anchors_.reset();
    anchors_.bind(grant_.terms.agent, action, vault::Blob{grant_.terms.scopes.front().anchor()}, not_after,
                  id);
    return anchors_.run();
  }

  model::Grant grant_;
  std::string signature_ = filler_signature();
  vault::Statement grants_;
  vault::Statement anchors_;
};

Result<void> fill(const vault::Database& database, const model::Grant& pattern, std::uint64_t count) {
  auto transaction = vault::Transaction::begin(database);
  if (!transaction) return base::pass_on(transaction);
  Filler filler(database, pattern);
  for (std::uint64_t number = 0; number < count; ++number) {
    if (auto done = filler.add(number); !done) return done;
  }
  return transaction->commit();
}

// Without a WAL meanwhile, which would take every page twice. A fault in between leaves a vault that is no
// good.
Result<void> fill_file(const std::string& path, const model::Grant& pattern, std::uint64_t count) {
  const auto database = vault::Database::open(path, vault::OpenMode::existing);
  if (!database) return base::pass_on(database);
  constexpr const char* k_fast =
      "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA cache_size=-262144;";
  if (auto done = database->execute(k_fast); !done) return done;
  if (auto done = fill(*database, pattern, count); !done) return done;
  return database->execute("PRAGMA synchronous=FULL; PRAGMA journal_mode=WAL;");
}

Result<void> run(const std::string& directory, std::uint64_t count, const std::string& scope) {
  const base::UnixTime now = base::SystemClock().now();
  auto pattern = [&]() -> Result<model::Grant> {
    const auto vault = bench::open_or_create(directory, now);
    if (!vault) return base::pass_on(vault);
    return bench::make_grant(**vault, now);
  }();
  if (!pattern) return base::pass_on(pattern);
  if (auto done = fill_file(directory + "/vault.db", *pattern, count); !done) return done;

  const auto vault = vault::open_vault(directory, vault::Sharing::own);
  if (!vault) return base::pass_on(vault);
  return bench::add_real_grant(**vault, directory, scope, now);
}

}  // namespace

int main(int argc, char** argv) {
  const auto count = argc == 4 ? base::parse_decimal(argv[2], k_max_fillers) : std::nullopt;
  if (!count) {
    std::fputs("usage: fill_vault DIR COUNT SCOPE\n", stderr);
    return 2;
  }
  const auto done = run(argv[1], *count, argv[3]);
  if (done) return 0;
  std::fprintf(stderr, "fill_vault: %s\n", done.error().message.c_str());
  return 1;
}
