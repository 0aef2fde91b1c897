// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/serve/key_setup.hpp"

#include <sys/stat.h>

#include <iostream>
#include <string>

#include "libpvm/base/text.hpp"
#include "libpvm/system/places.hpp"
#include "libpvm/system/process.hpp"
#include "libpvm/system/safe_file.hpp"
#include "pvmctl/approval/consent.hpp"
#include "pvmctl/context.hpp"
#include "pvmctl/new_files.hpp"
#include "pvmctl/serve/issuer.hpp"
#include "pvmctl/serve/service_key.hpp"
#include "pvmctl/verbs/trust.hpp"

namespace pvm::pvmctl::serve {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t k_least_passphrase = 8;

Result<std::string> key_path(const system::Environment& environment) {
  const auto directory = system::own_trust_directory(environment);
  if (!directory) return base::pass_on(directory);
  return *directory + "/serve.key";
}

// Where trust is not root's, agents are this very user.
Result<void> check_user(Context& context, const Options& options) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  if (options.is_same_user || (*site)->places.owner == system::TrustOwner::root) return {};
  return fail(Code::unsafe, "agents run as this user, too, and a key that they could take is no key",
              "if you want that all the same, say --same-user; or set it up as root: pvmctl init --system");
}

Result<std::string> first_line_of_input() {
  std::string line;
  if (std::getline(std::cin, line) && !line.empty()) return line;
  return fail(Code::refused, "there is no passphrase on standard input");
}

Result<std::string> new_passphrase(const Options& options) {
  if (options.is_unattended) return std::string();
  auto first = options.has_passphrase ? first_line_of_input()
                                      : approval::ask_for_secret("A key for pvmctl serve, to sign answers with.\n", "Its passphrase:");
  if (!first) return first;
  if (first->size() < k_least_passphrase) return fail(Code::refused, "a passphrase has at least 8 bytes");
  if (options.has_passphrase) return first;
  const auto second = approval::ask_for_secret("", "The same again:");
  if (!second) return second;
  if (*first != *second) return fail(Code::refused, "these are two different passphrases");
  return first;
}

// Both halves, or none.
Result<void> write_key(const std::string& path, const ServiceKey& key, const std::string& passphrase, const std::string& principal,
                       Made& made) {
  for (const std::string& file : {path, path + ".pub"}) {
    if (auto free = check_free(file); !free) return free;
  }
  made.add(path);
  if (auto written = system::write_file_atomically(path, key.file_text(passphrase), 0600); !written) return written;
  made.add(path + ".pub");
  return system::write_file_atomically(path + ".pub", key.public_key().line + " " + principal + "\n", 0644);
}

}  // namespace

Result<Reply> init_key(const Options& options) {
  Context context(system::Environment::of_process());
  if (auto good = check_user(context, options); !good) return base::pass_on(good);
  const auto path = key_path(context.environment());
  if (!path) return base::pass_on(path);
  if (auto free = check_free(*path); !free) {
    return fail(free.error().code, free.error().message, "the service has a key already; it is used by: pvmctl serve");
  }
  const std::string principal = options.principal.empty() ? "serve@" + system::host_name() : options.principal;
  const auto passphrase = new_passphrase(options);
  if (!passphrase) return base::pass_on(passphrase);
  const ServiceKey key = ServiceKey::generate();
  Made made;
  if (auto written = write_key(*path, key, *passphrase, principal, made); !written) return base::pass_on(written);

  Reply reply;
  if (auto allowed = check_may_trust(context); !allowed) {
    reply.text = "made: " + *path + "\n";
    reply.next_step = "root trusts it: " + base::shell_command({"pvmctl", "trust", "add", *path + ".pub", "--principal", principal, "--limited"});
  } else {
    const auto prompting = options.is_yes ? approval::Prompting::skip : approval::Prompting::ask;
    auto trusted = trust_key(context, {principal, key.public_key(), approval::Trust::limited, prompting});
    if (!trusted) return trusted;
    reply = std::move(*trusted);
    reply.text += "made: " + *path + "\n";
    reply.next_step = std::string("pvmctl serve") + (options.is_same_user ? " --same-user" : "");
  }
  made.keep();
  reply.json["key"] = json_text(*path);
  reply.json["unattended"] = options.is_unattended;
  return reply;
}

Result<std::unique_ptr<web::Issuer>> open_issuer(const Options& options) {
  Context context(system::Environment::of_process());
  const auto path = key_path(context.environment());
  if (!path) return base::pass_on(path);
  const auto is_encrypted = ServiceKey::is_encrypted(*path);
  if (!is_encrypted && is_encrypted.error().code == Code::missing) return std::unique_ptr<web::Issuer>();
  if (!is_encrypted) return base::pass_on(is_encrypted);
  if (auto good = check_user(context, options); !good) return base::pass_on(good);
  std::string passphrase;
  if (*is_encrypted) {
    auto typed = options.has_passphrase ? first_line_of_input()
                                        : approval::ask_for_secret("", "Passphrase of " + base::display(*path) + ":");
    if (!typed) {
      return fail(typed.error().code, "the key " + base::quoted(*path) + " has a passphrase: " + typed.error().message,
                  "start it at a terminal, or with --passphrase-stdin; without the key, which is moved away, it serves but does not approve");
    }
    passphrase = std::move(*typed);
  }
  auto key = ServiceKey::open(*path, passphrase);
  if (!key) return base::pass_on(key);
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  auto issuer = KeyIssuer::make(context.environment(), std::move(*key), (*site)->places.owner == system::TrustOwner::user);
  if (!issuer) return base::pass_on(issuer);
  return std::unique_ptr<web::Issuer>(std::move(*issuer));
}

}  // namespace pvm::pvmctl::serve
