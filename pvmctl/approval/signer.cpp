// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/signer.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "libpvm/base/text.hpp"
#include "libpvm/crypto/ssh_wire.hpp"
#include "libpvm/crypto/sshsig.hpp"
#include "libpvm/model/limited_grant.hpp"
#include "libpvm/system/launch.hpp"
#include "libpvm/system/safe_file.hpp"
#include "pvmctl/approval/child.hpp"
#include "pvmctl/approval/given_file.hpp"

namespace pvm::pvmctl::approval {
namespace {

using base::Code;
using base::fail;
using base::Result;
using system::Guard;

constexpr std::size_t k_public_key_max_bytes = 16 * 1024;
constexpr std::chrono::seconds k_probe_limit{5};
constexpr int k_most_tries = 3;
constexpr std::string_view k_probe_namespace = "pvm-probe";
constexpr std::string_view k_probe_text = "pvm-probe/1\n";

std::string public_path(const std::string& key) {
  return key.ends_with(".pub") ? key : key + ".pub";
}

std::string_view cut_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

const crypto::AllowedSigner* find_entry(const gate::Signers& signers, const base::Bytes& blob) {
  const auto found = std::ranges::find_if(
      signers, [&blob](const crypto::AllowedSigner& signer) { return signer.key_blob == blob; });
  return found == signers.end() ? nullptr : &*found;
}

Result<std::string> principal_of(const system::Site& site, const system::Identity& identity,
                                 const gate::Signers& signers, const PublicKey& key) {
  const crypto::AllowedSigner* entry = find_entry(signers, key.blob);
  if (entry == nullptr) {
    return fail(Code::untrusted,
                "the key " + crypto::fingerprint(key.blob) + " is not in " +
                    base::quoted(site.places.allowed_signers()),
                std::string(site.places.owner == system::TrustOwner::root ? "root adds it" : "add it") +
                    " with: pvmctl trust add KEY.pub --principal NAME");
  }
  if (identity.principal) return *identity.principal;
  return plain_principal(*entry);
}

base::Failure no_key(const system::Site& site, const system::Environment& environment) {
  std::string file = site.places.configuration();
  if (site.places.owner == system::TrustOwner::root) {
    const auto own = system::own_trust_directory(environment);
    if (own) file = *own + "/config.yaml";
  }
  return fail(Code::missing, base::quoted(file) + " names no key to sign with",
              "add a line to it: 'key: /path/of/the/private/key'");
}

// Without a file: ssh-keygen reads the text from its standard input and writes the signature to its output.
std::vector<std::string> sign_arguments(const std::string& key, std::string_view name_space) {
  return {"-q", "-Y", "sign", "-f", key, "-n", std::string(name_space)};
}

}  // namespace

Result<PublicKey> parse_public_key(std::string_view text) {
  std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  PublicKey key;
  key.type = cut_word(line);
  const std::string_view written = cut_word(line);
  key.comment = line;
  auto blob = base::from_base64(written);
  const auto parsed = blob ? crypto::parse_public_key(base::as_text(*blob)) : std::nullopt;
  if (!parsed || parsed->type != key.type) {
    return fail(Code::malformed, "this is no SSH public key", "give the file that ends in .pub");
  }
  if (parsed->ed25519.empty()) {
    return fail(Code::malformed, "keys of type " + base::quoted(key.type) + " are not supported",
                "make one with: ssh-keygen -t ed25519, or -t ed25519-sk for a security key");
  }
  key.line = key.type + " " + std::string(written);
  key.blob = std::move(*blob);
  return key;
}

Result<PublicKey> read_public_key(const std::string& path) {
  const auto text = system::read_checked_file(public_path(path), Guard::own_or_root, k_public_key_max_bytes);
  if (!text) return base::pass_on(text);
  auto key = parse_public_key(*text);
  if (!key) {
    return fail(key.error().code, base::quoted(public_path(path)) + ": " + key.error().message,
                key.error().hint);
  }
  return key;
}

Result<PublicKey> read_given_public_key(const std::string& path) {
  if (!path.ends_with(".pub")) {
    return fail(Code::usage, base::quoted(path) + " does not end in .pub", "give the public half of the key");
  }
  const auto text = read_given_file(path, k_public_key_max_bytes);
  if (!text) return base::pass_on(text);
  auto key = parse_public_key(*text);
  if (!key) return fail(key.error().code, base::quoted(path) + ": " + key.error().message, key.error().hint);
  return key;
}

std::string allowed_signers_line(const std::string& principal, const PublicKey& key, Trust trust) {
  constexpr std::string_view k_whole = "pvm-grant-v1,pvm-policy-v1,pvm-unlock-v1,pvm-login-v1,pvm-reset-v1,pvm-checkpoint-v1";
  const std::string_view namespaces = trust == Trust::whole ? k_whole : model::k_limited_namespace;
  return principal + " namespaces=\"" + std::string(namespaces) + "\" " + key.line + "\n";
}

Result<std::string> find_ssh_keygen(const system::Settings& settings) {
  const auto configured = settings.real.find("ssh-keygen");
  auto found = system::find_real_command("ssh-keygen", configured == settings.real.end()
                                                           ? std::nullopt
                                                           : std::optional<std::string>(configured->second));
  if (found || found.error().code != Code::missing) return found;
  return fail(Code::missing, "there is no ssh-keygen", "install OpenSSH's client (openssh-client)");
}

Result<std::string> plain_principal(const crypto::AllowedSigner& signer) {
  const auto is_plain = [](const std::string& name) {
    return name.find_first_of("*?!") == std::string::npos;
  };
  const auto found = std::ranges::find_if(signer.principals, is_plain);
  if (found != signer.principals.end()) return *found;
  return fail(Code::untrusted,
              "allowed_signers line " + std::to_string(signer.line) + " names its key by patterns alone",
              "say who signs in config.yaml: 'principal: alice@host'");
}

Presence presence_by_passphrase(const std::string& ssh_keygen, const std::string& key,
                                const system::Environment& environment) {
  const ChildCommand command{ssh_keygen, {"-y", "-P", "", "-f", key}, bare_environment(environment)};
  const auto shown = run_captured(command, k_probe_limit);
  return shown && shown->status == 0 ? Presence::unattended : Presence::human;
}

Result<Signer> Signer::of_site(const system::Site& site, const gate::Signers& signers,
                               const system::Environment& environment) {
  auto signer = with_key(site, environment);
  if (!signer) return signer;
  const auto identity = system::signing_identity(site, environment);
  if (!identity) return base::pass_on(identity);
  auto principal = principal_of(site, *identity, signers, signer->public_key_);
  if (!principal) return base::pass_on(principal);
  signer->principal_ = std::move(*principal);
  return signer;
}

Result<Signer> Signer::for_elsewhere(const system::Site& site, const gate::Signers& signers,
                                     const system::Environment& environment) {
  auto signer = with_key(site, environment);
  if (!signer) return signer;
  const auto identity = system::signing_identity(site, environment);
  if (!identity) return base::pass_on(identity);
  const crypto::AllowedSigner* entry = find_entry(signers, signer->public_key_.blob);
  if (!identity->principal && entry == nullptr) {
    return fail(Code::missing, "it is not said whom you sign as",
                "add the name that you have there to config.yaml: 'principal: alice@host'");
  }
  auto principal = identity->principal ? Result<std::string>(*identity->principal) : plain_principal(*entry);
  if (!principal) return base::pass_on(principal);
  signer->principal_ = std::move(*principal);
  return signer;
}

Result<Signer> Signer::with_key(const system::Site& site, const system::Environment& environment) {
  Signer signer;
  const auto identity = system::signing_identity(site, environment);
  if (!identity) return base::pass_on(identity);
  if (!identity->key) return no_key(site, environment);
  signer.key_ = *identity->key;
  auto program = find_ssh_keygen(site.settings);
  if (!program) return base::pass_on(program);
  signer.program_ = std::move(*program);
  auto key = read_public_key(signer.key_);
  if (!key) return base::pass_on(key);
  signer.public_key_ = std::move(*key);
  signer.environment_ = environment;
  signer.use_agent_ = site.settings.use_ssh_agent;
  return signer;
}

AgentSocket Signer::socket() const {
  return use_agent_ ? AgentSocket::of_environment : AgentSocket::none;
}

std::vector<std::string> Signer::environment_with(AgentSocket socket) const {
  std::vector<std::string> all = bare_environment(environment_);
  if (const auto provider = environment_.find_filled("SSH_SK_PROVIDER")) {
    all.push_back("SSH_SK_PROVIDER=" + *provider);
  }
  if (socket == AgentSocket::none) return all;
  if (const auto path = environment_.find_filled("SSH_AUTH_SOCK")) all.push_back("SSH_AUTH_SOCK=" + *path);
  return all;
}

Presence Signer::try_as_stranger(AgentSocket socket) const {
  if (public_key_.type != crypto::k_ed25519_type) return Presence::human;
  if (presence_by_passphrase(program_, key_, environment_) == Presence::unattended)
    return Presence::unattended;
  if (socket == AgentSocket::none || !environment_.find_filled("SSH_AUTH_SOCK")) return Presence::human;
  const ChildCommand command{program_, sign_arguments(key_, k_probe_namespace), environment_with(socket)};
  const auto signed_it = run_captured(command, k_probe_limit, k_probe_text);
  return signed_it && signed_it->status == 0 ? Presence::unattended : Presence::human;
}

Presence Signer::presence() const {
  return try_as_stranger(socket());
}

bool Signer::asks_for_passphrase() const {
  return public_key_.type == crypto::k_ed25519_type && socket() == AgentSocket::none &&
         presence_by_passphrase(program_, key_, environment_) == Presence::human;
}

Result<std::vector<std::string>> Signer::sign(std::string_view name_space,
                                              std::span<const std::string> statements) const {
  const ChildCommand command{program_, sign_arguments(key_, name_space), environment_with(socket())};
  std::vector<std::string> signatures;
  const bool says_which = statements.size() > 1 && asks_for_passphrase();
  for (const std::string& statement : statements) {
    if (says_which) {
      const std::string which = "signature " + std::to_string(signatures.size() + 1) + " of " + std::to_string(statements.size()) + ": ";
      std::fputs(which.c_str(), stderr);
    }
    auto signed_it = run_with_input(command, statement);
    // A passphrase may have been mistyped; ssh-keygen itself asks once.
    for (int tries = 1; tries < k_most_tries && signed_it && signed_it->status != 0 && asks_for_passphrase(); ++tries) {
      signed_it = run_with_input(command, statement);
    }
    if (!signed_it) return base::pass_on(signed_it);
    if (signed_it->status != 0) {
      return fail(Code::untrusted, "ssh-keygen did not sign (exit status " + std::to_string(signed_it->status) + ")",
                  "nothing was signed or changed; try again");
    }
    signatures.push_back(std::move(signed_it->output));
  }
  return signatures;
}

}  // namespace pvm::pvmctl::approval
