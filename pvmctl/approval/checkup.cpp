// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/checkup.hpp"

#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <memory>

#include "libpvm/base/text.hpp"
#include "libpvm/crypto/sshsig.hpp"
#include "libpvm/system/landlock.hpp"
#include "libpvm/system/safe_file.hpp"
#include "pvmctl/approval/signer.hpp"
#include "pvmctl/shim_directory.hpp"

namespace pvm::pvmctl::approval {
namespace {

using base::Result;

Finding good(std::string check, std::string message) {
  return {std::move(check), Health::good, std::move(message), ""};
}

Finding unsafe(std::string check, const base::Error& error) {
  return {std::move(check), Health::unsafe, error.message, error.hint};
}

Finding of_places(const system::Places& places) {
  const bool is_roots = places.owner == system::TrustOwner::root;
  return good("places", "trust in " + base::quoted(places.trust_directory) + ", state in " +
                            base::quoted(places.state_directory) + "; tier 0, " +
                            (is_roots ? "root's trust" : "the user's own trust"));
}

Finding of_state_directory(const system::Places& places) {
  const auto guard =
      places.owner == system::TrustOwner::root ? system::Guard::group_shared : system::Guard::own_private;
  const auto real = system::checked_directory(places.state_directory, guard);
  if (!real) return unsafe("state directory", real.error());
  const auto local = system::check_local_file_system(*real);
  if (!local) return unsafe("state directory", local.error());
  return good("state directory", "owner, mode and file system are sound");
}

Finding of_vault(Context& context) {
  const auto vault = context.vault();
  if (!vault) return unsafe("vault", vault.error());
  const auto lock = (*vault)->lock_status();
  if (!lock) return unsafe("vault", lock.error());
  if (lock->state == model::LockState::open) return good("vault", "opens; id " + (*vault)->id().brief());
  return {"vault", Health::note, "is locked: nothing runs", "pvmctl unlock"};
}

Finding of_clock(Context& context) {
  const auto vault = context.vault();
  if (!vault) return {"clock", Health::note, "not checked: there is no vault to compare with", ""};
  const auto head = (*vault)->durable_head();
  if (!head) return unsafe("clock", head.error());
  base::UnixTime last{};
  const auto read = (*vault)->each_entry(std::max<std::uint64_t>(head->size, 1), [&last](const auto& entry) {
    last = entry.time;
    return vault::Vault::Visit::go_on;
  });
  if (!read) return unsafe("clock", read.error());
  const base::UnixTime now = context.now();
  if (now + vault::k_clock_tolerance >= last) return good("clock", "is not behind the log");
  return {"clock", Health::unsafe,
          "is " + base::human_duration(last - now) + " behind the last entry of the log",
          "set the clock; until then nothing is decided"};
}

Finding of_signers(Context& context) {
  const auto signers = context.signers();
  if (!signers) return unsafe("allowed_signers", signers.error());
  const auto may_grant = std::ranges::count_if(**signers, [](const crypto::AllowedSigner& signer) {
    return crypto::has_namespace(signer, model::k_grant_namespace);
  });
  const std::string message = base::counted((*signers)->size(), "key", "keys") + ", of which " +
                              std::to_string(may_grant) + " may grant";
  if (may_grant > 0) return good("allowed_signers", message);
  return {"allowed_signers", Health::unsafe, message, "a key needs namespaces=\"pvm-grant-v1\" in its line"};
}

// Tries to sign as an agent would: no terminal, with the ssh-agent of this environment.
Finding of_key(Context& context) {
  const auto site = context.site();
  const auto signers = context.signers();
  if (!site || !signers || !(*site)->settings.key) {
    return {"key", Health::note, "no key to sign with is configured here", ""};
  }
  const auto signer = Signer::of_site(**site, **signers, context.environment());
  if (!signer) return unsafe("key", signer.error());
  if (signer->try_as_stranger(AgentSocket::of_environment) == Presence::human) {
    return good("key", "a process without a terminal could not sign with it");
  }
  return {"key", Health::unsafe, "a process without a terminal could sign with it: so can the agent",
          "give it a passphrase (ssh-keygen -p -f KEY), keep it out of the ssh-agent, or use a security key"};
}

Finding of_configuration(const system::Settings& settings) {
  std::string doors;
  if (settings.approve_without_terminal) doors = "approve_without_terminal";
  if (settings.use_ssh_agent) doors += (doors.empty() ? "" : ", ") + std::string("use_ssh_agent");
  if (doors.empty()) return good("configuration", "approving asks at a terminal and uses no ssh-agent");
  return {"configuration", Health::note, doors + ": on", "an agent of the same user can use that too"};
}

std::string first_in_path(const std::string& path, const std::string& name) {
  for (std::size_t from = 0; from <= path.size();) {
    const std::size_t end = std::min(path.find(':', from), path.size());
    const std::string candidate = path.substr(from, end - from) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    from = end + 1;
  }
  return {};
}

Finding of_shim(Context& context) {
  const std::string found = first_in_path(context.environment().find("PATH").value_or(""), "rm");
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(found.c_str(), nullptr), &std::free);
  if (real && std::string_view(real.get()).ends_with("/safe-rm")) {
    return good("shim", "rm is " + base::quoted(found) + ", and that is safe-rm");
  }
  const std::string first_step = find_shims(context) ? "" : "pvmctl shim install, then ";
  return {"shim", Health::note, "in this shell rm is " + base::quoted(found) + ", not safe-rm",
          first_step + "in the agent's shell: eval \"$(pvmctl shim env)\"; export PVM_AGENT=claude"};
}

Finding of_landlock() {
  if (system::available_confinement() == system::Confinement::landlock) {
    return good("landlock", "the kernel confines rm to the directories of its operands");
  }
  return {"landlock", Health::note, "the kernel has none: rm is run once for each directory instead",
          "a kernel of 5.13 or later, with landlock among its security modules"};
}

}  // namespace

std::string_view to_text(Health health) {
  switch (health) {
    case Health::good:
      return "ok";
    case Health::note:
      return "note";
    case Health::unsafe:
      break;
  }
  return "unsafe";
}

std::vector<Finding> check_up(Context& context) {
  const auto site = context.site();
  if (!site) return {unsafe("places", site.error()), of_shim(context), of_landlock()};
  return {of_places((*site)->places),
          of_configuration((*site)->settings),
          of_state_directory((*site)->places),
          of_vault(context),
          of_clock(context),
          of_signers(context),
          of_key(context),
          of_shim(context),
          of_landlock()};
}

}  // namespace pvm::pvmctl::approval
