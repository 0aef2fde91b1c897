// SPDX-License-Identifier: Apache-2.0
// Where trust and state are kept. Floor: system.
//
//   /etc/pvm exists           it rules: trust and configuration there, the vault where its configuration says
//                             (default /var/lib/pvm); no variable redirects anything
//   PVM_HOME                  trust and state both
//   else                      $XDG_CONFIG_HOME/pvm (~/.config/pvm), $XDG_STATE_HOME/pvm (~/.local/state/pvm)
#pragma once

#include <optional>
#include <string>

#include "libpvm/base/result.hpp"
#include "libpvm/system/environment.hpp"
#include "libpvm/system/settings.hpp"

namespace pvm::system {

enum class TrustOwner { user, root };

struct Places {
  TrustOwner owner = TrustOwner::user;
  std::string trust_directory;  // allowed_signers, config.yaml, the key made by init
  std::string state_directory;  // vault.db

  [[nodiscard]] std::string allowed_signers() const { return trust_directory + "/allowed_signers"; }
  [[nodiscard]] std::string configuration() const { return trust_directory + "/config.yaml"; }
  [[nodiscard]] std::string vault() const { return state_directory + "/vault.db"; }
};

struct Site {
  Places places;
  Settings settings;
};

/// Places and settings; a missing config.yaml means the defaults. Asks no user database.
/// `system_directory` is /etc/pvm but in tests. A trust directory that exists comes back by its real path.
/// Errors: usage (HOME, PVM_HOME or an XDG variable that is not absolute; none set); unsafe (a system
/// directory that is not root's alone, a configuration or trust directory that others can write, a setuid
/// program); malformed (configuration).
[[nodiscard]] base::Result<Site> find_site(const Environment& environment,
                                           const std::string& system_directory = "/etc/pvm");

/// Where a person keeps what is theirs alone: as the state directory of a user without /etc/pvm, also where that rules
/// and the vault is elsewhere. Not looked at; it may not be there. Errors: usage, as find_site.
[[nodiscard]] base::Result<std::string> own_state_directory(const Environment& environment);

/// The trust directory that a user without /etc/pvm has; as own_state_directory.
[[nodiscard]] base::Result<std::string> own_trust_directory(const Environment& environment);

/// What an approver signs with, and as whom.
struct Identity {
  std::optional<std::string> key;
  std::optional<std::string> principal;
};

/// As the site's configuration says. Where /etc/pvm rules that is everybody's, so the person's own config.yaml (in
/// own_trust_directory) may say it too, and then counts; nothing else of that file does. For pvmctl: whom it names is
/// still to be found in root's allowed_signers. Errors: unsafe (others can write the own file), malformed, io.
[[nodiscard]] base::Result<Identity> signing_identity(const Site& site, const Environment& environment);

/// The person's own config.yaml where /etc/pvm rules; nullopt: there is none. Errors: as signing_identity.
[[nodiscard]] base::Result<std::optional<Settings>> own_settings(const Environment& environment);

/// The text of allowed_signers. Errors: missing, unsafe (writable by group or others), limit, io; an empty
/// file is `missing`. Each hint names `pvmctl init` or the chmod.
[[nodiscard]] base::Result<std::string> read_allowed_signers(const Places& places);

/// PVM_AGENT, then AGENT_ID, then "default". Errors: usage, for a name that model::is_agent_name refuses.
[[nodiscard]] base::Result<std::string> agent_name(const Environment& environment);

}  // namespace pvm::system
