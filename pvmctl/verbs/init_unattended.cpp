// SPDX-License-Identifier: Apache-2.0
// init --unattended: for where nobody can be asked, as in a nightly job.
#include "libpvm/base/text.hpp"
#include "libpvm/crypto/allowed_signers.hpp"
#include "libpvm/crypto/ssh_wire.hpp"
#include "libpvm/system/process.hpp"
#include "libpvm/system/safe_file.hpp"
#include "pvmctl/log/seen.hpp"
#include "pvmctl/verbs/init_parts.hpp"

namespace pvm::pvmctl {
namespace {

using approval::PublicKey;
using base::Code;
using base::fail;
using base::Result;

constexpr const char* k_unattended_configuration =
    "# What pvmctl and the wrappers go by. Written by pvmctl init --unattended.\n"
    "# Nobody can be asked here: what no grant covers is denied, and no request is filed.\n"
    "unattended: true\n";
constexpr const char* k_nobody =
    "# Nobody: nothing is granted here. A key would be trusted by: pvmctl trust add KEY.pub --principal NAME\n";

struct Trusted {
  std::string principal;
  PublicKey key;
};

Result<std::optional<Trusted>> read_signer(const UnattendedOptions& options) {
  if (options.signer.empty()) {
    if (options.principal.empty()) return std::optional<Trusted>();
    return fail(Code::usage, "--principal says whose key --signer is", "give --signer KEY.pub as well");
  }
  if (!options.signer.ends_with(".pub")) {
    return fail(Code::usage, base::quoted(options.signer) + " does not end in .pub", "give the public half of the key");
  }
  auto key = approval::read_public_key(options.signer);
  if (!key) return base::pass_on(key);
  const std::string name = options.principal.empty() ? key->comment : options.principal;
  const auto read = system::parse_settings("principal: " + name + "\n");
  if (!read || read->principal != name) {
    return fail(Code::usage, base::quoted(name, 256) + " is no name for who signs",
                "say whose key it is: --principal alice@host");
  }
  return std::optional<Trusted>(Trusted{name, std::move(*key)});
}

Result<void> write_all_of_it(Context& context, const system::Places& places, const std::optional<Trusted>& signer,
                             Made& made) {
  for (const std::string& directory : {places.trust_directory, places.state_directory}) {
    if (auto done = system::make_private_directories(directory); !done) return done;
  }
  const std::string signers = signer ? approval::allowed_signers_line(signer->principal, signer->key) : k_nobody;
  if (auto done = write_new(places.allowed_signers(), signers, made); !done) return done;
  if (auto done = write_new(places.configuration(), k_unattended_configuration, made); !done) return done;
  if (auto done = make_vault(places, signer ? &signer->key : nullptr, context.now(), made); !done) return done;
  // Remembered before any agent has had a hand in the log.
  const auto looked = log::look_at_log(context);
  if (!looked) return base::pass_on(looked);
  return {};
}

}  // namespace

Result<Reply> init_unattended(Context& context, const UnattendedOptions& options) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const system::Places& places = (*site)->places;
  if (auto fresh = check_fresh(places, context.environment()); !fresh) return base::pass_on(fresh);
  const auto signer = read_signer(options);
  if (!signer) return base::pass_on(signer);
  Made made;
  if (auto done = write_all_of_it(context, places, *signer, made); !done) return base::pass_on(done);
  made.keep();

  const std::string fingerprint = *signer ? crypto::fingerprint((*signer)->key.blob) : "";
  Reply reply;
  reply.text = "vault   " + base::display(places.vault()) + "\ntrust   " + base::display(places.allowed_signers()) +
               "\nasks    nobody: what no grant covers is denied\nsigns   " +
               (*signer ? (*signer)->principal + ", " + fingerprint : "nobody: nothing is granted") + "\n";
  reply.json["vault"] = json_text(places.vault());
  reply.json["allowed_signers"] = json_text(places.allowed_signers());
  reply.json["configuration"] = json_text(places.configuration());
  reply.json["unattended"] = true;
  reply.json["principal"] = *signer ? Json((*signer)->principal) : Json();
  reply.json["fingerprint"] = *signer ? Json(fingerprint) : Json();
  reply.next_step = "pvmctl shim install, and in the job: eval \"$(pvmctl shim env)\"; export PVM_AGENT=nightly";
  return reply;
}

}  // namespace pvm::pvmctl
