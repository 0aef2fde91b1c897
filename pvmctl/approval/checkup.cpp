// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/checkup.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>

#include "libpvm/base/text.hpp"
#include "libpvm/crypto/sshsig.hpp"
#include "libpvm/system/landlock.hpp"
#include "libpvm/system/safe_file.hpp"
#include "pvmctl/approval/signer.hpp"
#include "pvmctl/log/seen.hpp"
#include "pvmctl/shim/agent_environment.hpp"
#include "pvmctl/shim/directory.hpp"
#include "pvmctl/shim/launcher.hpp"
#include "wrappers/git/exec_path.hpp"

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
  const auto locks = system::check_locks(*real);
  if (!locks) return unsafe("state directory", locks.error());
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

Finding of_integrity(Context& context) {
  const auto vault = context.vault();
  if (!vault) return {"integrity", Health::note, "not checked: there is no vault that opens", ""};
  const auto complaints = (*vault)->check_integrity();
  if (!complaints) return unsafe("integrity", complaints.error());
  if (complaints->empty()) return good("integrity", "SQLite finds nothing wrong with the vault's file");
  return {"integrity", Health::unsafe,
          "the vault's file is damaged: " + complaints->front() +
              (complaints->size() > 1 ? " (and " + std::to_string(complaints->size() - 1) + " more)" : ""),
          "put a backup in its place: pvmctl restore FILE"};
}

// A migration and a restore leave the vault as it was beside the new one, and a killed one half a copy.
Finding of_copies(const system::Places& places) {
  std::string names;
  std::size_t count = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(places.state_directory, ignored)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("vault.db.") && !name.starts_with(".pvm-copy.")) continue;
    if (++count <= 3) names += (names.empty() ? "" : ", ") + base::display(name, 80);
  }
  if (count == 0) return good("copies", "none beside the vault");
  if (count > 3) names += ", …";
  return {"copies", Health::note,
          base::counted(count, "old copy lies", "old copies lie") + " beside the vault: " + names,
          "such a copy holds the texts of its time; remove it in " + base::quoted(places.state_directory) +
              " when you do not need it any more"};
}

Finding of_clock(Context& context) {
  const auto vault = context.vault();
  if (!vault) return {"clock", Health::note, "not checked: there is no vault to compare with", ""};
  const auto mark = (*vault)->clock_mark();
  if (!mark) return unsafe("clock", mark.error());
  const base::UnixTime now = context.now();
  if (now + vault::k_clock_tolerance >= *mark) return good("clock", "is not behind the log");
  return {"clock", Health::unsafe,
          "is " + base::human_duration(*mark - now) + " behind the last entry of the log, so nothing is decided",
          "set the clock right; or, if it is right now and was wrong then: pvmctl doctor --accept-clock"};
}

// Looks, and remembers nothing. The way out is named where an approver is refused, not here: agents read this too.
Finding of_remembered_heads(Context& context) {
  const auto vault = context.vault();
  if (!vault) return {"log", Health::note, "not looked at: there is no vault", ""};
  const auto seen = log::seen_log(context);
  if (!seen) return unsafe("log", seen.error());
  if (seen->heads.empty()) {
    return {"log", Health::note, "you remember no head of it yet, so an older copy in its place would not show",
            "look at it: pvmctl audit verify"};
  }
  const std::string when = base::iso_time(seen->heads.back().time);
  const auto now = (*vault)->extend(seen->edge, {});
  if (now) return good("log", "extends what you saw on " + when);
  if (now.error().code != base::Code::broken) return unsafe("log", now.error());
  return {"log", Health::unsafe, "is not the one that you saw on " + when, "look at it: pvmctl audit verify"};
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
  const auto site = context.site();
  if (site && (*site)->settings.unattended) {
    return {"allowed_signers", Health::note, "nobody is trusted: nothing is granted here", ""};
  }
  return {"allowed_signers", Health::unsafe, message, "a key needs namespaces=\"pvm-grant-v1\" in its line"};
}

// Tries to sign as an agent would: no terminal, with the ssh-agent of this environment.
Finding of_key(Context& context) {
  const auto site = context.site();
  const auto signers = context.signers();
  if (!site || !signers) return {"key", Health::note, "not looked at: nobody is trusted yet", ""};
  const auto identity = system::signing_identity(**site, context.environment());
  if (!identity) return unsafe("key", identity.error());
  if (!identity->key) {
    return {"key", Health::note, "no key to sign with is configured here", ""};
  }
  if (struct stat about {}; ::stat(identity->key->c_str(), &about) == 0 && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return {"key", Health::unsafe, base::quoted(*identity->key) + " is open to its group or to others",
            base::shell_command({"chmod", "go-rwx", "--", *identity->key})};
  }
  const auto signer = Signer::of_site(**site, **signers, context.environment());
  if (!signer) return unsafe("key", signer.error());
  if (signer->try_as_stranger(AgentSocket::of_environment) == Presence::human) {
    return good("key", "a process without a terminal could not sign with it");
  }
  return {"key", Health::unsafe, "a process without a terminal could sign with it: so can the agent",
          "give it a passphrase (ssh-keygen -p -f KEY), keep it out of the ssh-agent, or use a security key"};
}

// Whether those who share the vault can be told apart by what they may do to it.
Finding of_sharing(const system::Places& places) {
  struct stat about {};
  if (::stat(places.state_directory.c_str(), &about) != 0) {
    return {"sharing", Health::note, "not looked at: there is no vault", ""};
  }
  // With links to others' files, a member could have root's pvmctl take one for a part of the vault.
  std::ifstream file("/proc/sys/fs/protected_hardlinks");
  if (char value = '1'; file >> value && value == '0') {
    return {"sharing", Health::unsafe, "anybody can make a hard link to a file of others here",
            "as root: sysctl fs.protected_hardlinks=1"};
  }
  const std::string group = "the vault is shared by group " + std::to_string(about.st_gid);
  if (::geteuid() != 0) {
    return good("sharing", group + "; you are user " + std::to_string(::geteuid()) +
                               ", and the agent's user and the approver's must be two");
  }
  return {"sharing", Health::note, group + "; you are root, to whom all is open",
          "run doctor as the agent's user too, and as the approver's"};
}

Finding of_own_configuration(const Context& context) {
  const auto own = system::own_settings(context.environment());
  if (!own) return unsafe("own configuration", own.error());
  const bool is_asked = *own && ((*own)->key || (*own)->principal);
  return good("own configuration", is_asked ? "says what you sign with; for all else root's counts"
                                            : "names no key; for all else root's counts");
}

Finding of_configuration(const system::Settings& settings) {
  std::string doors;
  if (settings.approve_without_terminal) doors = "approve_without_terminal";
  if (settings.use_ssh_agent) doors += (doors.empty() ? "" : ", ") + std::string("use_ssh_agent");
  if (settings.unattended) {
    return {"configuration", Health::note, "unattended: nobody can be asked, and what no grant covers is denied" +
                                               (doors.empty() ? "" : "; " + doors + ": on"), ""};
  }
  if (doors.empty()) return good("configuration", "approving asks at a terminal and uses no ssh-agent");
  return {"configuration", Health::note, doors + ": on", "an agent of the same user can use that too"};
}

// What git starts is to find the shim again.
Finding of_git(Context& context) {
  if (!find_shims(context)) return {"git", Health::note, "there are no shims, so nothing leads git's own children back to one", ""};
  const auto path = wrappers::git::find_exec_path(context.environment());
  if (path) return good("git", "what " + base::quoted(path->program) + " starts finds the shim again");
  const auto site = context.site();
  const auto program = site ? gate::find_real({"git"}, (*site)->settings) : Result<gate::RealCommand>(base::fail(base::Code::missing, ""));
  if (!program) return {"git", Health::note, "there is none", ""};
  return unsafe("git", path.error());
}

// In an agent's environment as it is; elsewhere in the one that `pvmctl shim exec` would make.
Finding of_shim(Context& context) {
  const bool is_agents = context.environment().find_filled("PVM_AGENT").has_value();
  const auto shims = find_shims(context);
  if (!is_agents && !shims) return {"shim", Health::note, "there is none", "pvmctl shim install"};
  const auto environment = is_agents ? context.environment() : shim::agent_environment(context.environment(), *shims, "doctor");
  constexpr std::chrono::seconds limit{10};
  std::string lost;
  for (const auto& launcher : shim::usual_launchers(environment)) {
    const auto all = shim::ask_launcher(launcher, environment, limit);
    const bool is_gated = all && std::ranges::all_of(*all, [](const shim::Started& started) { return started.is_ours; });
    if (!is_gated) lost += (lost.empty() ? "" : ", ") + base::shell_command(launcher);
  }
  const std::string whose = is_agents ? "in this shell" : "with pvmctl shim exec";
  if (lost.empty()) return good("shim", whose + " the gated names lead to PVM in every shell that is installed");
  return {"shim", is_agents ? Health::unsafe : Health::note,
          whose + " the gated names do not lead to PVM by way of " + lost,
          "pvmctl shim install; then: pvmctl shim exec -- pvmctl shim test"};
}

Finding of_landlock() {
  if (system::available_confinement(system::Moves::allowed) == system::Confinement::landlock) {
    return good("landlock", "the kernel confines rm and trash to the directories of their operands");
  }
  if (system::available_confinement() == system::Confinement::landlock) {
    return {"landlock", Health::note, "the kernel confines rm, but not trash: that is run once for each directory instead",
            "a kernel of 5.19 or later"};
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
  std::vector<Finding> findings = {of_places((*site)->places), of_configuration((*site)->settings)};
  if ((*site)->places.owner == system::TrustOwner::root) {
    findings.push_back(of_own_configuration(context));
    findings.push_back(of_sharing((*site)->places));
  }
  for (Finding& finding : std::vector<Finding>{of_state_directory((*site)->places), of_vault(context),
                                               of_integrity(context), of_copies((*site)->places), of_clock(context),
                                               of_remembered_heads(context), of_signers(context), of_key(context),
                                               of_shim(context), of_git(context), of_landlock()}) {
    findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace pvm::pvmctl::approval
