// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/real_grant.hpp"

#include <unistd.h>

#include "libpvm/crypto/sha256.hpp"
#include "libpvm/system/launch.hpp"
#include "libpvm/system/safe_file.hpp"

namespace pvm::bench {
namespace {

using base::Result;

constexpr base::Seconds k_life{24 * 3600};

Result<std::string> sign(const std::string& directory, const std::string& statement) {
  const std::string text = directory + "/statement";
  static_cast<void>(::unlink((text + ".sig").c_str()));  // ssh-keygen leaves one that is there
  if (auto done = system::write_file_atomically(text, statement, 0600); !done) return base::pass_on(done);
  const auto program = system::find_real_command("ssh-keygen", std::nullopt);
  if (!program) return program;
  system::LaunchPlan plan;
  plan.program = *program;
  plan.argv = {
      "ssh-keygen", "-q", "-Y", "sign", "-f", directory + "/key", "-n", std::string(model::k_grant_namespace),
      text};
  const auto ended = system::launch(plan);
  if (!ended) return base::pass_on(ended);
  if (*ended != system::Ended{}) return base::fail(base::Code::untrusted, "ssh-keygen signed nothing");
  constexpr std::size_t k_longest = 16384;
  return system::read_checked_file(text + ".sig", system::Guard::own_or_root, k_longest);
}

}  // namespace

Result<std::unique_ptr<vault::Vault>> open_or_create(const std::string& directory, base::UnixTime now) {
  auto opened = vault::open_vault(directory, vault::Sharing::own);
  if (opened || opened.error().code != base::Code::missing) return opened;
  return vault::create_vault(directory, now);
}

Result<model::Grant> make_grant(vault::Vault& vault, base::UnixTime now) {
  const auto head = vault.durable_head();
  if (!head) return base::pass_on(head);
  const auto epoch = vault.epoch();
  if (!epoch) return base::pass_on(epoch);
  model::Grant grant{
      crypto::random_id<base::GrantId>(), vault.id(), {}, {}, {}, {}, *epoch, *head, {}, {}, {}};
  grant.terms.agent = "bench";
  grant.terms.window = {now, now + k_life};
  grant.approver = "bench";
  grant.via = "cli";
  grant.reason = "measuring";
  return grant;
}

Result<void> set_scope(model::Grant& grant, const std::string& pattern) {
  auto scope = model::Scope::parse(model::ScopeType::path, pattern);
  if (!scope) return base::pass_on(scope);
  grant.terms.scopes = {std::move(*scope)};
  return {};
}

Result<void> add_real_grant(vault::Vault& vault, const std::string& directory, const std::string& scope,
                            base::UnixTime now) {
  auto grant = make_grant(vault, now);
  if (!grant) return base::pass_on(grant);
  if (auto done = set_scope(*grant, scope); !done) return done;
  auto statement = model::encode(*grant);
  if (!statement) return base::pass_on(statement);
  auto signature = sign(directory, *statement);
  if (!signature) return base::pass_on(signature);
  return vault.store_grant({std::move(*grant), std::move(*statement), std::move(*signature), true}, "", now);
}

}  // namespace pvm::bench
