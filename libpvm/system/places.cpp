// SPDX-License-Identifier: Apache-2.0
#include "libpvm/system/places.hpp"

#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "libpvm/base/text.hpp"
#include "libpvm/model/operation.hpp"
#include "libpvm/system/safe_file.hpp"

namespace pvm::system {
namespace {

using base::Code;

constexpr std::size_t k_max_configuration = 65'536;
constexpr std::size_t k_max_signers = 1'048'576;
constexpr const char* k_default_system_vault = "/var/lib/pvm";

bool has_borrowed_rights() {
  return ::getuid() != ::geteuid() || ::getgid() != ::getegid() || ::getauxval(AT_SECURE) != 0;
}

Guard guard_for(TrustOwner owner) {
  return owner == TrustOwner::root ? Guard::root_only : Guard::own_or_root;
}

// What the variable `name` says, without slashes at its end; nullopt where it is not set or empty.
base::Result<std::optional<std::string>> directory_from(const Environment& environment,
                                                        std::string_view name) {
  auto value = environment.find_filled(name);
  if (!value) return value;
  if (value->front() != '/') {
    return base::fail(Code::usage, std::string(name) + " is not an absolute path: " + base::quoted(*value),
                      "set " + std::string(name) + " to an absolute path, or not at all");
  }
  while (value->size() > 1 && value->back() == '/') value->pop_back();
  return value;
}

std::string join(const std::string& directory, std::string_view name) {
  return (directory == "/" ? "" : directory) + "/" + std::string(name);
}

// "pvm" beneath the directory that `variable` names, or beneath `usual` in the home directory.
base::Result<std::string> xdg_directory(const Environment& environment, std::string_view variable,
                                        std::string_view usual) {
  const auto directory = directory_from(environment, variable);
  if (!directory) return base::pass_on(directory);
  if (*directory) return join(**directory, "pvm");
  const auto home = directory_from(environment, "HOME");
  if (!home) return base::pass_on(home);
  if (*home) return join(join(**home, usual), "pvm");
  return base::fail(Code::usage, "HOME is not set, so there is no telling where trust and state are kept",
                    "set HOME to your home directory");
}

base::Result<Places> user_places(const Environment& environment) {
  const auto both = directory_from(environment, "PVM_HOME");
  if (!both) return base::pass_on(both);
  if (*both) return Places{TrustOwner::user, **both, **both};
  auto trust = xdg_directory(environment, "XDG_CONFIG_HOME", ".config");
  if (!trust) return base::pass_on(trust);
  auto state = xdg_directory(environment, "XDG_STATE_HOME", ".local/state");
  if (!state) return base::pass_on(state);
  return Places{TrustOwner::user, *trust, *state};
}

base::Result<Settings> read_settings(const Places& places) {
  const auto text = read_checked_file(places.configuration(), guard_for(places.owner), k_max_configuration);
  if (text) return parse_settings(*text);
  if (text.error().code == Code::missing) return Settings();
  return base::pass_on(text);
}

base::Result<Site> user_site(const Environment& environment) {
  auto places = user_places(environment);
  if (!places) return base::pass_on(places);
  // A file in a directory that others can write is a file that others can replace.
  auto real = checked_directory(places->trust_directory, Guard::own_or_root);
  if (!real && real.error().code != Code::missing) return base::pass_on(real);
  if (real) places->trust_directory = *real;
  auto settings = read_settings(*places);
  if (!settings) return base::pass_on(settings);
  if (settings->vault) {
    return base::fail(Code::malformed, base::quoted(places->configuration()) + " sets 'vault'",
                      "'vault' belongs in /etc/pvm/config.yaml alone; PVM_HOME moves a user's vault");
  }
  return Site{*places, *settings};
}

base::Failure not_roots_alone(const std::string& directory, const base::Error& cause) {
  return base::fail(Code::unsafe,
                    base::quoted(directory) + " rules here, but cannot be trusted: " + cause.message,
                    cause.hint);
}

base::Result<Site> system_site(const std::string& directory) {
  const auto real = checked_directory(directory, Guard::root_only);
  if (!real) return not_roots_alone(directory, real.error());
  Places places{TrustOwner::root, *real, k_default_system_vault};
  auto settings = read_settings(places);
  if (!settings) return base::pass_on(settings);
  if (settings->vault) places.state_directory = *settings->vault;
  return Site{places, *settings};
}

base::Failure no_approver(const Places& places, std::string_view why) {
  return base::fail(
      Code::missing,
      "no approver is trusted yet: " + base::quoted(places.allowed_signers()) + " " + std::string(why),
      places.owner == TrustOwner::root ? "it is root's to set up" : "the user sets this up with: pvmctl init");
}

}  // namespace

base::Result<Site> find_site(const Environment& environment, const std::string& system_directory) {
  if (has_borrowed_rights()) {
    return base::fail(Code::unsafe, "this program runs with more rights than its caller has",
                      "take the setuid and setgid bits and the file capabilities off it");
  }
  struct stat status {};
  if (::lstat(system_directory.c_str(), &status) == 0) return system_site(system_directory);
  const int error = errno;
  if (error == ENOENT) return user_site(environment);
  return not_roots_alone(system_directory, base::fail_errno("cannot look at it", error).value());
}

base::Result<std::string> own_state_directory(const Environment& environment) {
  const auto places = user_places(environment);
  if (!places) return base::pass_on(places);
  return places->state_directory;
}

base::Result<std::string> own_trust_directory(const Environment& environment) {
  const auto places = user_places(environment);
  if (!places) return base::pass_on(places);
  return places->trust_directory;
}

base::Result<std::optional<Settings>> own_settings(const Environment& environment) {
  const auto places = user_places(environment);
  if (!places) return std::optional<Settings>();
  const auto real = checked_directory(places->trust_directory, Guard::own_or_root);
  if (!real && real.error().code == Code::missing) return std::optional<Settings>();
  if (!real) return base::pass_on(real);
  const std::string path = *real + "/config.yaml";
  const auto text = read_checked_file(path, Guard::own_or_root, k_max_configuration);
  if (!text && text.error().code == Code::missing) return std::optional<Settings>();
  if (!text) return base::pass_on(text);
  auto settings = parse_settings(*text);
  if (!settings) return base::fail(Code::malformed, "in " + base::quoted(*real) + ": " + settings.error().message);
  return std::optional<Settings>(std::move(*settings));
}

base::Result<Identity> signing_identity(const Site& site, const Environment& environment) {
  const Identity of_site{site.settings.key, site.settings.principal};
  if (site.places.owner != TrustOwner::root) return of_site;
  auto own = own_settings(environment);
  if (!own) return base::pass_on(own);
  if (!*own) return of_site;
  if ((*own)->key) return Identity{(*own)->key, (*own)->principal};
  return Identity{of_site.key, (*own)->principal ? (*own)->principal : of_site.principal};
}

base::Result<std::string> read_allowed_signers(const Places& places) {
  const Guard guard = guard_for(places.owner);
  const auto directory = checked_directory(places.trust_directory, guard);
  if (!directory && directory.error().code == Code::missing) return no_approver(places, "does not exist");
  if (!directory) return base::pass_on(directory);
  auto text = read_checked_file(places.allowed_signers(), guard, k_max_signers);
  if (!text && text.error().code == Code::missing) return no_approver(places, "does not exist");
  if (text && text->empty()) return no_approver(places, "is empty");
  return text;
}

base::Result<std::string> agent_name(const Environment& environment) {
  for (const std::string_view variable : {"PVM_AGENT", "AGENT_ID"}) {
    const auto name = environment.find_filled(variable);
    if (!name) continue;
    if (model::is_agent_name(*name)) return *name;
    return base::fail(Code::usage,
                      std::string(variable) + " is no name for an agent: " + base::quoted(*name, 128),
                      "use 1 to 128 of the characters A-Z a-z 0-9 . _ @ + : / ~ - and no '-' first");
  }
  return std::string("default");
}

}  // namespace pvm::system
