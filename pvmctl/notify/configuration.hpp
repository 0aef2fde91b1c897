// SPDX-License-Identifier: Apache-2.0
// What `channels:`, `approvers:` and `serve:` in config.yaml say: who is told of a request and how, who may answer from where,
// and where the page is. share/examples/config-channels.yaml has every key.
//
// A secret never stands in the file, which the agent's own wrappers read: its value is ${VARIABLE} (perhaps within more text),
// file:/PATH (a file of ours that is nobody else's to read) or cmd:COMMAND (sh runs it; what it prints).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/system/environment.hpp"
#include "pvmctl/notify/secret.hpp"

namespace pvm::notify {

enum class Service { slack, discord, telegram, sendblue, email, ntfy, webhook, desktop, command };

/// "slack", …
[[nodiscard]] std::string_view name_of(Service service);

enum class Updates { none, poll, webhook };

/// One entry of `channels:`. Which of it a service has is said behind each; what it has not is empty.
struct Channel {
  std::string name;  // what the configuration calls it
  Service service = Service::desktop;
  std::string base_url;  // all but desktop and command; scheme://host[:port][/path], without a slash at its end
  std::string ca_file;   // likewise: a file of certificates to be trusted in place of the system's; empty: those

  Secret webhook;     // slack, discord: the whole address, where there is no bot
  Secret token;       // slack, discord, telegram: the bot's; ntfy: an access token, may be empty
  std::string place;  // slack, discord: channel; telegram: chat; ntfy: topic

  Secret key_id;                 // sendblue
  Secret password;               // sendblue: secret_key; email, with `user`
  std::string user;              // email
  std::string from;              // sendblue: number; email: address
  std::vector<std::string> to;   // the same
  std::string mailbox;           // email: imaps://host, where answers arrive; empty: none are taken
  std::vector<Secret> signing;   // webhook: what messages are signed with, each (Standard Webhooks)

  std::vector<Secret> callback;          // slack, telegram, sendblue, webhook: what answers are proven by, any of them
  std::vector<std::string> public_keys;  // discord: the same, 32 bytes each
  Updates updates = Updates::none;       // telegram: how answers arrive

  std::vector<std::string> command;  // desktop, command: program and arguments
};

/// One entry of `approvers:`: what a person is called elsewhere. No two persons share a name of a service.
struct Approver {
  std::string name;
  std::optional<std::string> principal;  // of allowed_signers
  std::vector<std::string> slack;
  std::vector<std::string> discord;
  std::vector<std::string> telegram;
  std::vector<std::string> phones;     // E.164, "+15551230000"
  std::vector<std::string> addresses;  // of mail, in lower case
};

struct Serve {
  std::string listen = "127.0.0.1:8765";
  std::string public_url;  // without a slash at its end
  bool is_behind_proxy = false;
  std::string tls_certificate;  // absolute paths; both or none
  std::string tls_key;
};

struct Configuration {
  std::vector<Channel> channels;  // in the order of the file
  std::vector<Approver> approvers;
  Serve serve;
};

/// Whom `person`, an id at `service` as a callback gives it, is; null: nobody that may answer. For a webhook it is the
/// approver's own name. It lives as long as `configuration`.
[[nodiscard]] const Approver* find_approver(const Configuration& configuration, Service service, std::string_view person);

/// Where secrets come from.
struct Sources {
  const system::Environment& environment;
  /// What `sh -c COMMAND` prints. Errors: whatever it says, without its output.
  std::function<base::Result<std::string>(const std::string& command)> run;
};

/// Errors: malformed, "config.yaml line L, column C: …", for an unknown key, a wrong type, a value that is not its key's, a
/// variable that is not set, a secret that stands in the file or cannot be had; and whatever system::parse_settings refuses.
/// No message holds a secret.
[[nodiscard]] base::Result<Configuration> parse_configuration(std::string_view text, const Sources& sources);

}  // namespace pvm::notify
