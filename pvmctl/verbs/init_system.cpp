// SPDX-License-Identifier: Apache-2.0
// init --system: root's trust, and a vault that approver and agent share through a group.
#include "pvmctl/verbs/init_system.hpp"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/crypto/ssh_wire.hpp"
#include "libpvm/system/safe_file.hpp"
#include "libpvm/vault/vault_files.hpp"
#include "pvmctl/approval/signer.hpp"
#include "pvmctl/new_files.hpp"

namespace pvm::pvmctl {
namespace {

using approval::PublicKey;
using base::Code;
using base::fail;
using base::Result;

constexpr const char* k_system_trust = "/etc/pvm";
constexpr mode_t k_shared_directory = 02770;
constexpr mode_t k_shared_file = 0660;

struct Group {
  gid_t id;
  std::string name;
};

Result<Group> find_group(const std::string& text) {
  if (text.empty()) {
    return fail(Code::usage, "say which group the agent's user and the approver's share",
                "such as: --group pvm; addgroup --system pvm makes one");
  }
  const auto number = base::parse_decimal(text, UINT32_MAX - 1);
  const group* found = number ? ::getgrgid(static_cast<gid_t>(*number)) : ::getgrnam(text.c_str());
  if (found == nullptr) {
    return fail(Code::missing, "there is no group " + base::quoted(text, 64), "make it: addgroup --system pvm");
  }
  if (found->gr_gid == 0) {
    return fail(Code::usage, "the group of root is nobody's to share", "make one for it: addgroup --system pvm");
  }
  return Group{found->gr_gid, found->gr_name};
}

// The configuration's own reader decides what a value may be.
Result<void> check_line(const std::string& option, const std::string& line) {
  const auto read = system::parse_settings(line);
  if (read) return {};
  return fail(Code::usage, option + " cannot be written down", read.error().message);
}

Result<std::string> principal_of_signer(const std::string& principal, const PublicKey& key) {
  const std::string& name = principal.empty() ? key.comment : principal;
  const auto read = system::parse_settings("principal: " + name + "\n");
  if (read && read->principal == name) return name;
  return fail(Code::usage, base::quoted(name, 128) + " is no plain name for the approver",
              "say it, such as: --principal alice@host");
}

/// The vault's directory by the real path of what it is to lie in, which must be root's, as all above it.
Result<std::string> place_of_vault(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  const auto slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? "" : path.substr(slash + 1);
  if (!path.starts_with('/') || name.empty() || name == "." || name == "..") {
    return fail(Code::usage, "--vault " + base::quoted(path) + " is no absolute path of a directory to be made");
  }
  const auto above = system::checked_directory(slash == 0 ? "/" : path.substr(0, slash), system::Guard::root_only);
  if (!above) return base::pass_on(above);
  std::string place = (*above == "/" ? "" : *above) + "/" + name;
  if (auto good = check_line("--vault " + base::quoted(place), "vault: " + place + "\n"); !good) {
    return base::pass_on(good);
  }
  return place;
}

Result<void> make_directory(const std::string& path, Made& made) {
  if (::mkdir(path.c_str(), S_IRWXU) != 0) {
    if (errno != EEXIST) return base::fail_errno("cannot make " + base::quoted(path), errno);
    return fail(Code::exists, base::quoted(path) + " is there already",
                "look at it; if it can go, move it away and run init again");
  }
  made.add(path);
  return {};
}

Result<void> hand_to(const std::string& path, gid_t group, mode_t mode) {
  if (::lchown(path.c_str(), 0, group) == 0 && ::chmod(path.c_str(), mode) == 0) return {};
  return base::fail_errno("cannot share " + base::quoted(path), errno);
}

/// While it is made, its directory is root's alone; the group gets it last.
Result<void> make_shared_vault(const std::string& directory, const Group& group, const PublicKey& key,
                               base::UnixTime now, Made& made) {
  if (auto done = make_directory(directory, made); !done) return done;
  if (auto local = system::check_local_file_system(directory); !local) return local;
  const std::string path = directory + "/" + std::string(vault::k_vault_name);
  for (const char* suffix : {"", "-wal", "-shm"}) made.add(path + suffix);
  {
    auto vault = vault::create_vault(directory, now);
    if (!vault) return base::pass_on(vault);
    vault::AuditEntry entry;
    entry.type = vault::EntryType::trust;
    entry.time = now;
    entry.details = vault::Details().add("added", crypto::fingerprint(key.blob)).text();
    if (auto done = (*vault)->append(entry); !done) return done;
  }
  for (const char* suffix : {"", "-wal", "-shm"}) {
    if (auto done = hand_to(path + suffix, group.id, k_shared_file); !done) return done;
  }
  return hand_to(directory, group.id, k_shared_directory);
}

/// Beside its place, and into it by a rename: /etc/pvm rules from the moment that it is there.
Result<void> make_trust(const std::string& signers, const std::string& configuration, Made& made) {
  std::string aside = std::string(k_system_trust) + ".XXXXXX";
  if (::mkdtemp(aside.data()) == nullptr) return base::fail_errno("cannot make " + base::quoted(k_system_trust), errno);
  made.add(aside);
  for (const auto& [name, text] : {std::pair("/allowed_signers", &signers), std::pair("/config.yaml", &configuration)}) {
    made.add(aside + name);
    if (auto done = system::write_file_atomically(aside + name, *text, 0644); !done) return done;
  }
  if (::chmod(aside.c_str(), 0755) != 0) return base::fail_errno("cannot open " + base::quoted(aside), errno);
  if (auto done = vault::rename_to_new(aside, k_system_trust); !done) return done;
  made.add(k_system_trust);
  for (const char* name : {"/allowed_signers", "/config.yaml"}) made.add(std::string(k_system_trust) + name);
  return vault::sync_directory("/etc");
}

Reply reply_of(const std::string& vault, const Group& group, const std::string& principal, const PublicKey& key) {
  const std::string fingerprint = crypto::fingerprint(key.blob);
  Reply reply;
  reply.text = "vault   " + base::display(vault) + ", shared by group " + base::display(group.name) + " (" +
               std::to_string(group.id) + ")\ntrust   " + k_system_trust + ", root's alone\nsigns   " + principal + ", " +
               fingerprint + "\n";
  reply.json["vault"] = json_text(vault);
  reply.json["group"] = json_text(group.name);
  reply.json["gid"] = group.id;
  reply.json["trust"] = k_system_trust;
  reply.json["principal"] = principal;
  reply.json["fingerprint"] = fingerprint;
  reply.next_step = "have the approver compare that fingerprint; take the agent's user and the approver's, two different "
                    "ones, into the group (gpasswd --add USER " + base::display(group.name) +
                    ", then a new login); the approver says which key to sign with, 'key: /path/of/the/private/key' in "
                    "~/.config/pvm/config.yaml; each of them runs: pvmctl doctor";
  return reply;
}

}  // namespace

Result<Reply> init_system(Context& context, const SystemOptions& options, const std::string& principal) {
  if (::geteuid() != 0) {
    return fail(Code::refused, "root's trust is for root to set up", "as root: pvmctl init --system");
  }
  struct stat there {};
  if (::lstat(k_system_trust, &there) == 0) {
    return fail(Code::exists, base::quoted(k_system_trust) + " is there already", "see how it stands with: pvmctl doctor");
  }
  const auto group = find_group(options.group);
  if (!group) return base::pass_on(group);
  if (options.signer.empty()) {
    return fail(Code::usage, "say whose yes counts: root makes no key for somebody else",
                "the approver makes one (ssh-keygen -t ed25519) and gives you its public half: --signer KEY.pub");
  }
  const auto key = approval::read_given_public_key(options.signer);
  if (!key) return base::pass_on(key);
  const auto name = principal_of_signer(principal, *key);
  if (!name) return base::pass_on(name);
  const auto place = place_of_vault(options.vault);
  if (!place) return base::pass_on(place);

  Made made;
  if (auto done = make_shared_vault(*place, *group, *key, context.now(), made); !done) return base::pass_on(done);
  const std::string configuration =
      "# What pvmctl and the wrappers go by, for every user. Written by pvmctl init --system.\nvault: " + *place + "\n";
  if (auto done = make_trust(approval::allowed_signers_line(*name, *key), configuration, made); !done) {
    return base::pass_on(done);
  }
  if (const auto vault = context.vault(); !vault) return base::pass_on(vault);  // as everybody finds it from now on
  made.keep();
  return reply_of(*place, *group, *name, *key);
}

base::Failure system_trust_rules(const system::Places& places, const system::Environment& environment) {
  const auto own = system::own_trust_directory(environment);
  const std::string directory = own ? *own : "~/.config/pvm";
  const std::string key = directory + "/approver_key";
  return fail(Code::refused,
              base::quoted(places.trust_directory) + " rules on this machine, and is root's: there is one vault for all",
              "to approve here make a key, " + base::shell_command({"ssh-keygen", "-t", "ed25519", "-f", key}) +
                  "; say so in " + base::quoted(directory + "/config.yaml") + " with the line 'key: " +
                  base::display(key) + "'; then root runs: " +
                  base::shell_command({"pvmctl", "trust", "add", key + ".pub", "--principal"}) + " NAME");
}

void add_system_options(CLI::App& verb, SystemOptions& options) {
  CLI::Option* system = verb.add_flag("--system", options.is_wanted,
                                      "as root: trust that is root's, in /etc/pvm, and a vault that a group shares");
  verb.add_option("--group", options.group, "the group that shares the vault: a name or a number")->needs(system);
  verb.add_option("--vault", options.vault, "the vault's directory, to be made (/var/lib/pvm)")->needs(system);
  for (const char* own : {"--key", "--approve-without-terminal", "--no-passphrase", "--unattended"}) {
    verb.get_option(own)->excludes(system);
  }
}

}  // namespace pvm::pvmctl
