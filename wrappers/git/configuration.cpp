// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/configuration.hpp"

#include <algorithm>
#include <array>

#include "libpvm/base/text.hpp"
#include "wrappers/git/url.hpp"

namespace pvm::wrappers::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using model::InjectedCode;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

// "yes", "on" and numbers but zero, as git has it; a name alone is a truth.
bool is_truth(const std::optional<std::string>& value) {
  if (!value) return true;
  const std::string text = lower(*value);
  if (text == "true" || text == "yes" || text == "on") return true;
  return !text.empty() && text != "false" && text != "no" && text != "off" && text.find_first_not_of("0kmg") != std::string::npos;
}

class Gathering {
 public:
  Gathering(const Configuration& configuration, const system::Environment& environment)
      : configuration_(configuration), environment_(environment) {}

  void variable(const std::string& name) {
    if (auto value = environment_.find_filled(name)) code_.push_back({name, std::move(*value)});
  }
  void setting(const std::string& name, std::string_view shown) {
    for (const std::string& value : configuration_.all(name)) add(shown, value);
  }
  void add(std::string_view what, const std::string& value) {
    if (!value.empty()) code_.push_back({std::string(what), value});
  }
  // credential.helper and credential.URL.helper; an empty one takes back those before it, and is left out.
  void credential_helpers() {
    for (const auto& [name, values] : configuration_.values()) {
      if (!name.starts_with("credential.") || !name.ends_with(".helper")) continue;
      for (const std::string& value : values) add(name, value);
    }
  }

  // gpg.program, gpg.FORMAT.program, gpg.ssh.defaultKeyCommand
  void signers() {
    for (const auto& [name, values] : configuration_.values()) {
      const bool is_program = name.starts_with("gpg.") && (name.ends_with("program") || name.ends_with("command"));
      if (is_program) add(name, values.back());
    }
  }

  std::vector<InjectedCode> take() {
    std::ranges::sort(code_);
    code_.erase(std::unique(code_.begin(), code_.end()), code_.end());
    return std::move(code_);
  }

 private:
  const Configuration& configuration_;
  const system::Environment& environment_;
  std::vector<InjectedCode> code_;
};

}  // namespace

Result<Configuration> Configuration::read(const Git& git) {
  auto answer = ask(git, {"config", "--list", "-z"});
  if (!answer) return base::pass_on(answer);
  if (answer->status != 0) {
    return fail(Code::malformed, "git cannot read its configuration: " + base::display(answer->errors, 512));
  }
  return parse(answer->output);
}

Configuration Configuration::parse(std::string_view list) {
  Configuration configuration;
  while (!list.empty()) {
    const auto end = std::min(list.find('\0'), list.size());
    const std::string_view entry = list.substr(0, end);
    const auto line = entry.find('\n');
    std::string name(entry.substr(0, line));
    // Without a value: as good as "true", for what is a truth value.
    configuration.values_[std::move(name)].emplace_back(line == std::string_view::npos ? "true" : entry.substr(line + 1));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return configuration;
}

const std::vector<std::string>& Configuration::all(const std::string& name) const {
  static const std::vector<std::string> none;
  const auto found = values_.find(name);
  return found == values_.end() ? none : found->second;
}

std::optional<std::string> Configuration::find(const std::string& name) const {
  const auto& values = all(name);
  if (values.empty()) return std::nullopt;
  return values.back();
}

bool Configuration::is_true(const std::string& name) const {
  const auto value = find(name);
  return value && is_truth(value);
}

Result<std::optional<std::string>> users_hooks(const Configuration& configuration, const system::Environment& environment) {
  auto path = configuration.find("core.hookspath");
  if (!path || path->empty()) return std::optional<std::string>();
  if (path->starts_with("~/")) {
    const auto home = environment.find_filled("HOME");
    if (home) return std::optional<std::string>(*home + path->substr(1));
  }
  if (path->starts_with('~') || path->starts_with("%(")) {
    return fail(Code::usage, "core.hooksPath is " + base::quoted(*path, 256) + ", which only git can read",
                "set it to a path that begins with '/' or '~/', or push with --no-verify");
  }
  return path;
}

std::vector<InjectedCode> injected_code(const Configuration& configuration, const system::Environment& environment,
                                        const std::string& remote, const std::string& url, const PushCommand& command) {
  Gathering gathering(configuration, environment);
  const std::string of_remote = "remote." + remote + ".";
  const std::string vcs = configuration.find(of_remote + "vcs").value_or("");
  gathering.add(of_remote + "vcs", vcs);
  const Transport transport = vcs.empty() ? transport_of(url) : Transport::helper;
  if (transport == Transport::helper) gathering.add("transport", vcs.empty() ? helper_of(url) : vcs);
  if (transport == Transport::ssh) {
    // The first that is set is the one that counts.
    if (environment.find_filled("GIT_SSH_COMMAND")) {
      gathering.variable("GIT_SSH_COMMAND");
    } else if (configuration.find("core.sshcommand")) {
      gathering.add("core.sshCommand", *configuration.find("core.sshcommand"));
    } else {
      gathering.variable("GIT_SSH");
    }
  }
  if (transport == Transport::git) {
    gathering.variable("GIT_PROXY_COMMAND");
    gathering.setting("core.gitproxy", "core.gitProxy");
  }
  if (transport == Transport::http || transport == Transport::helper) {
    gathering.credential_helpers();
    if (environment.find_filled("GIT_ASKPASS")) {
      gathering.variable("GIT_ASKPASS");
    } else {
      gathering.setting("core.askpass", "core.askPass");
    }
  }
  if (transport != Transport::http) {
    if (command.receive_pack) {
      gathering.add("--receive-pack", *command.receive_pack);
    } else if (const auto configured = configuration.find(of_remote + "receivepack")) {
      gathering.add(of_remote + "receivepack", *configured);
    }
  }
  const auto asks_for_signature = [](const std::string& option) { return option.starts_with("--signed"); };
  const bool is_signed = std::ranges::any_of(command.options, asks_for_signature) || configuration.find("push.gpgsign");
  if (is_signed) gathering.signers();
  return gathering.take();
}

bool is_carrier(const InjectedCode& code) {
  constexpr std::array<std::string_view, 6> k_names = {"GIT_SSH_COMMAND", "core.sshCommand", "GIT_SSH", "GIT_PROXY_COMMAND",
                                                       "core.gitProxy",   "--receive-pack"};
  const bool is_remotes = code.what.starts_with("remote.") && (code.what.ends_with(".receivepack") || code.what.ends_with(".vcs"));
  return is_remotes || std::ranges::find(k_names, code.what) != k_names.end();
}

}  // namespace pvm::wrappers::git
