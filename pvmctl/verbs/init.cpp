// SPDX-License-Identifier: Apache-2.0
// init: a vault, a key and who is trusted. What a failed run made is taken away again.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "libpvm/base/text.hpp"
#include "libpvm/crypto/allowed_signers.hpp"
#include "libpvm/crypto/ssh_wire.hpp"
#include "libpvm/system/process.hpp"
#include "libpvm/system/safe_file.hpp"
#include "pvmctl/approval/child.hpp"
#include "pvmctl/approval/signer.hpp"
#include "pvmctl/cli.hpp"
#include "pvmctl/log/seen.hpp"
#include "pvmctl/new_files.hpp"
#include "pvmctl/verbs/init_offers.hpp"
#include "pvmctl/verbs/init_parts.hpp"
#include "pvmctl/verbs/init_system.hpp"

namespace pvm::pvmctl {
namespace {

using approval::Presence;
using approval::PublicKey;
using base::Code;
using base::fail;
using base::Result;

struct InitOptions {
  std::string key;
  std::string principal;
  bool approve_without_terminal = false;
  int no_passphrase = 0;  // how often it was said
  bool unattended = false;
  std::string signer;
};

bool is_there(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

// The configuration's own reader decides what a value may be.
Result<void> check_value(const std::string& name, const std::string& value) {
  const auto read = system::parse_settings(name + ": " + value + "\n");
  if (!read)
    return fail(Code::usage, "--" + name + " " + base::quoted(value, 256) + " cannot be written down",
                read.error().message);
  const auto& found = name == "key" ? read->key : read->principal;
  if (found == value) return {};
  return fail(Code::usage, "--" + name + " " + base::quoted(value, 256) + " cannot be written down");
}

Result<std::string> principal_for(const Context& context, const InitOptions& options) {
  std::string name = options.principal;
  if (name.empty()) {
    const auto user = context.environment().find_filled("USER");
    name = user.value_or(context.environment().find_filled("LOGNAME").value_or("approver")) + "@" +
           system::host_name();
  }
  if (auto good = check_value("principal", name); !good) return base::pass_on(good);
  return name;
}

std::string absolute(const std::string& path) {
  return path.starts_with('/') ? path : system::working_directory() + "/" + path;
}

// A key with an empty passphrase is a key of everybody's who runs as this user.
Result<void> check_passphrase(const std::string& program, const std::string& key, const PublicKey& public_key,
                              const InitOptions& options, const Context& context) {
  if (options.no_passphrase >= 2 || public_key.type != crypto::k_ed25519_type) return {};
  if (approval::presence_by_passphrase(program, key, context.environment()) == Presence::human) return {};
  return fail(Code::refused, "the key has no passphrase: the agent itself could sign with it",
              "give it one, or, where that is meant, say so twice: --no-passphrase --no-passphrase");
}

Result<void> make_key(const std::string& program, const std::string& key, const std::string& principal,
                      const InitOptions& options, const Context& context) {
  if (options.no_passphrase == 1) {
    return fail(Code::usage, "a key without a passphrase is one that the agent can use too",
                "where that is meant, say it twice: --no-passphrase --no-passphrase");
  }
  if (is_there(key)) {
    return fail(Code::exists, base::quoted(key) + " is there already",
                "if it is yours, use it: pvmctl init --key " + base::shell_command({key}));
  }
  std::vector<std::string> arguments = {"-q", "-t", "ed25519", "-f", key, "-C", principal};
  if (options.no_passphrase >= 2) arguments.insert(arguments.end(), {"-N", ""});
  if (options.no_passphrase == 0) {
    const std::string words = "making your signing key, " + base::display(key) +
                              "\nchoose a passphrase that no agent knows; it is asked for at each approval\n";
    std::fputs(words.c_str(), stderr);
  }
  const auto status =
      approval::run_attached({program, arguments, approval::bare_environment(context.environment())});
  if (!status) return base::pass_on(status);
  if (*status != 0)
    return fail(Code::io, "ssh-keygen made no key (exit status " + std::to_string(*status) + ")");
  return {};
}

std::string configuration_text(const std::string& key, const std::string& principal,
                               const InitOptions& options) {
  std::string text = "# What pvmctl and the wrappers go by. Written by pvmctl init.\n";
  text += "key: " + key + "\nprincipal: " + principal + "\n";
  if (options.approve_without_terminal) text += "approve_without_terminal: true\n";
  return text;
}

}  // namespace

// A file of another content is not ours to replace, nor to trust.
Result<void> write_new(const std::string& path, const std::string& text, Made& made) {
  constexpr std::size_t most = 1024 * 1024;
  if (is_there(path)) {
    const auto there = system::read_checked_file(path, system::Guard::own_or_root, most);
    if (there && *there == text) return {};
    return fail(Code::exists, base::quoted(path) + " is there already, and says something else",
                "look at it; if it can go, move it away and run init again");
  }
  made.add(path);
  return system::write_file_atomically(path, text, 0600);
}

Result<void> make_vault(const system::Places& places, const PublicKey* key, base::UnixTime now, Made& made) {
  for (const char* suffix : {"", "-wal", "-shm"}) made.add(places.vault() + suffix);
  auto vault = vault::create_vault(places.state_directory, now);
  if (!vault) return base::pass_on(vault);
  if (key == nullptr) return {};
  vault::AuditEntry entry;
  entry.type = vault::EntryType::trust;
  entry.time = now;
  entry.details = vault::Details().add("added", crypto::fingerprint(key->blob)).text();
  return (*vault)->append(entry);
}

Result<void> check_fresh(const system::Places& places, const system::Environment& environment) {
  if (places.owner == system::TrustOwner::root) return system_trust_rules(places, environment);
  if (!is_there(places.vault())) return {};
  return fail(Code::exists, "there is a vault already: " + base::quoted(places.vault()),
              "see how it stands with: pvmctl doctor");
}

namespace {

Result<Reply> init(Program& program, const InitOptions& options) {
  Context& context = program.context;
  if (options.unattended) {
    if (options.key.empty() && options.no_passphrase == 0 && !options.approve_without_terminal) {
      return init_unattended(context, {options.signer, options.principal});
    }
    return fail(Code::usage, "--unattended makes no key, and nobody approves there",
                "it goes with --signer and --principal alone");
  }
  if (!options.signer.empty()) return fail(Code::usage, "--signer goes with --unattended", "else give --key");
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const system::Places& places = (*site)->places;
  if (auto fresh = check_fresh(places, context.environment()); !fresh) return base::pass_on(fresh);
  const auto principal = principal_for(context, options);
  if (!principal) return base::pass_on(principal);
  const std::string key =
      options.key.empty() ? places.trust_directory + "/approver_key" : absolute(options.key);
  if (auto good = check_value("key", key); !good) return base::pass_on(good);
  const auto ssh_keygen = approval::find_ssh_keygen((*site)->settings);
  if (!ssh_keygen) return base::pass_on(ssh_keygen);
  for (const std::string& directory : {places.trust_directory, places.state_directory}) {
    if (auto done = system::make_private_directories(directory); !done) return base::pass_on(done);
  }

  Made made;
  if (options.key.empty()) {
    if (auto done = make_key(*ssh_keygen, key, *principal, options, context); !done) return base::pass_on(done);
    made.add(key);
    made.add(key + ".pub");
  }
  const auto public_key = approval::read_public_key(key);
  if (!public_key) return base::pass_on(public_key);
  auto done = check_passphrase(*ssh_keygen, key, *public_key, options, context);
  if (done)
    done = write_new(places.allowed_signers(), approval::allowed_signers_line(*principal, *public_key), made);
  if (done) done = write_new(places.configuration(), configuration_text(key, *principal, options), made);
  if (done) done = make_vault(places, &*public_key, context.now(), made);
  // Remembered before any agent has had a hand in the log.
  if (done) {
    const auto looked = log::look_at_log(context);
    if (!looked) done = base::pass_on(looked);
  }
  if (!done) return base::pass_on(done);
  made.keep();

  Reply reply;
  reply.text = "vault   " + base::display(places.vault()) + "\ntrust   " +
               base::display(places.allowed_signers()) + "\nkey     " + base::display(key) + "\nsigns   " +
               *principal + ", " + crypto::fingerprint(public_key->blob) + "\n";
  reply.json["vault"] = json_text(places.vault());
  reply.json["allowed_signers"] = json_text(places.allowed_signers());
  reply.json["configuration"] = json_text(places.configuration());
  reply.json["key"] = json_text(key);
  reply.json["principal"] = *principal;
  reply.json["fingerprint"] = crypto::fingerprint(public_key->blob);
  if (program.format == Format::text) {
    Context as_set_up(context.environment());  // which reads the configuration that is there now
    offer_allowances(as_set_up, reply);
  }
  reply.next_step = "pvmctl shim install; then start the agent: pvmctl shim exec -- PROGRAM";
  return reply;
}

}  // namespace

void add_init_verb(CLI::App& app, Program& program) {
  const auto options = std::make_shared<InitOptions>();
  const auto system = std::make_shared<SystemOptions>();
  CLI::App* verb = add_verb(app, program, "init", "set up a vault and the approver's key", "pvmctl init",
                            [&program, options, system] {
                              if (system->is_wanted) {
                                system->signer = options->signer;
                                return init_system(program.context, *system, options->principal);
                              }
                              return init(program, *options);
                            });
  verb->add_option("--key", options->key, "sign with this private key (its public half is PATH.pub)");
  verb->add_option("--principal", options->principal, "the approver's name, such as alice@host");
  verb->add_flag("--approve-without-terminal", options->approve_without_terminal,
                 "write a configuration under which --yes signs without asking");
  verb->add_flag("--no-passphrase", options->no_passphrase,
                 "a key that anyone of this user can use; said twice");
  verb->add_flag("--unattended", options->unattended, "nobody can be asked here: no key, what no grant covers is denied");
  verb->add_option("--signer", options->signer, "with --unattended or --system, whose grants count: a public key, a file that ends in .pub");
  add_system_options(*verb, *system);
}

}  // namespace pvm::pvmctl
