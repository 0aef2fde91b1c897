// SPDX-License-Identifier: Apache-2.0
// The human's configuration, as far as wrappers need it: `config.yaml` in the trust directory. Floor: system.
//
// A small, strict part of YAML, read without a YAML library so that wrappers stay small: "key: value" lines,
// one level of nesting by two spaces under "key:" (of "- value" lines under one of them), '#' comments, plain scalars without quotes. Whatever else
// YAML allows is an error with its line, so that no other reader can understand the file differently. What stands beneath
// `channels:`, `approvers:` and `serve:` is passed over (settings_block.hpp): it is for the programs that tell and serve people.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"

namespace pvm::system {

/// The hosts of which model/repo_name.hpp knows more than git does, where the configuration says nothing.
[[nodiscard]] std::vector<std::string> default_forges();

struct Settings {
  bool approve_without_terminal = false;    // approve_without_terminal: true
  bool use_ssh_agent = false;               // use_ssh_agent: true
  bool unattended = false;                  // unattended: true, nobody can be asked
  std::optional<std::string> key;           // key: /path/of/private-key, what `approve` signs with
  std::optional<std::string> principal;     // principal: alice@host, what `approve` signs as
  std::optional<std::string> vault;         // vault: /var/lib/pvm (only in /etc/pvm/config.yaml)
  std::map<std::string, std::string> real;  // real: then "  rm: /opt/bin/rm"
  std::vector<std::string> forges = default_forges();  // forges: then "  - github.com" for each; nothing: none
  base::Seconds request_life = base::Seconds(24 * 3600);      // request_life: 24h, at most 30d
  base::Seconds once_life = base::Seconds(4 * 3600);          // once_life: 4h, at most 12h
  base::Seconds for_limit = base::Seconds(12 * 3600);         // for_limit: 12h, at most 12h
  base::Seconds allow_life = base::Seconds(30 * 24 * 3600);   // allow_life: 30d, at most 90d
  base::Seconds allow_limit = base::Seconds(90 * 24 * 3600);  // allow_limit: 90d, at most 90d
};

/// Errors: malformed, "config.yaml line N: …", for an unknown key, a repeated key, a wrong type, a value out
/// of range.
[[nodiscard]] base::Result<Settings> parse_settings(std::string_view text);

}  // namespace pvm::system
