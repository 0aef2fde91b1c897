// SPDX-License-Identifier: Apache-2.0
// What git's configuration and environment bring into a push: programs that it would run, and whether it mirrors.
// Program: safe-git-push.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/model/push.hpp"
#include "libpvm/system/environment.hpp"
#include "wrappers/git/grammar.hpp"
#include "wrappers/git/running.hpp"

namespace pvm::wrappers::git {

/// What `git config --list -z` says; names as git writes them (section and key in lower case).
class Configuration {
 public:
  /// Errors: as ask; malformed where git cannot read it, with git's words as message.
  [[nodiscard]] static base::Result<Configuration> read(const Git& git);
  /// Reads the list: NAME LF VALUE NUL, or NAME NUL for a truth.
  [[nodiscard]] static Configuration parse(std::string_view list);

  /// The last value; nullopt: not set.
  [[nodiscard]] std::optional<std::string> find(const std::string& name) const;
  [[nodiscard]] const std::vector<std::string>& all(const std::string& name) const;
  /// As git reads truth values; false where it is not set.
  [[nodiscard]] bool is_true(const std::string& name) const;
  [[nodiscard]] const std::map<std::string, std::vector<std::string>>& values() const { return values_; }

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

/// The directory of the user's own hooks as core.hooksPath has it, "~/" replaced; nullopt: not set. Errors: usage, for a form
/// that only git can expand ("~user/", "%(prefix)/").
[[nodiscard]] base::Result<std::optional<std::string>> users_hooks(const Configuration& configuration,
                                                                   const system::Environment& environment);

/// The programs that pushing to `url`, called `remote`, would run because somebody's settings say so.
[[nodiscard]] std::vector<model::InjectedCode> injected_code(const Configuration& configuration,
                                                             const system::Environment& environment, const std::string& remote,
                                                             const std::string& url, const PushCommand& command);

/// Whether it carries the push, and so decides where to: a command for ssh, a proxy, the program on the other side, a helper.
[[nodiscard]] bool is_carrier(const model::InjectedCode& code);

}  // namespace pvm::wrappers::git
