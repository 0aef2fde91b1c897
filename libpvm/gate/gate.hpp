// SPDX-License-Identifier: Apache-2.0
// The pipeline: how a gated command comes to run, or not. Floor: gate. Start reading here.
//
//   resolve -> decide -> [ask -> wait -> resolve -> decide] -> close the vault -> run -> record the outcome
//
// A wrapper is a Command: what differs between wrappers is how words become an operation and how the command that
// runs is rebuilt. Everything else is here, once.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/gate/decide.hpp"
#include "libpvm/gate/waiting.hpp"
#include "libpvm/model/effect.hpp"
#include "libpvm/model/operation.hpp"
#include "libpvm/system/environment.hpp"
#include "libpvm/system/launch.hpp"
#include "libpvm/system/places.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::gate {

/// The real command to run, found and cleaned up for it.
struct RealCommand {
  std::string name;  // one of Command::real_names
  std::string path;
  std::vector<std::string> environment;
};

/// Who calls, and by which settings: what a command is resolved with.
struct Caller {
  std::string agent;
  const system::Site& site;
  const system::Environment& environment;
};

/// What a command has to say of its run, once that ended.
struct Aftermath {
  std::string recorded = {};  // for the outcome's row, after "exit 0" and the like; empty: nothing
  std::string words = {};     // lines for standard error; empty: nothing
};

/// One call of a gated command, parsed.
class Command {
 public:
  Command() = default;
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  virtual ~Command() = default;

  /// The names of the real command, as they are looked up, the preferred one first: "rm". find_real says which runs.
  [[nodiscard]] virtual std::vector<std::string> real_names() const = 0;
  /// The environment that it runs with. Few variables go on to a command that needs few.
  [[nodiscard]] virtual std::vector<std::string> environment(const system::Environment& of_caller) const {
    return system::plain_environment(of_caller);
  }
  [[nodiscard]] virtual model::Invocation invocation() const = 0;

  /// Looks at the world: fills operation and effect. May be called again; then it looks again.
  [[nodiscard]] virtual base::Result<void> resolve(const Caller& caller) = 0;
  /// Valid after resolve.
  [[nodiscard]] virtual const model::Operation& operation() const = 0;
  [[nodiscard]] virtual const model::Effect& effect() const = 0;
  /// What the command says by itself of words that it would not act on, and the exit status that goes with it.
  [[nodiscard]] virtual std::string own_words() const = 0;
  [[nodiscard]] virtual int own_status() const = 0;
  /// What runs, one after the other. Borrows from this object.
  [[nodiscard]] virtual std::vector<system::LaunchPlan> plans(const RealCommand& real) const = 0;
  /// The one thing that runs where nothing that the command would act on needs a grant; none: its own words and status are
  /// all there is to it.
  [[nodiscard]] virtual std::vector<system::LaunchPlan> needless_plans(const RealCommand& /*real*/) const { return {}; }
  /// Called once when all of it ended.
  [[nodiscard]] virtual Aftermath aftermath(const system::Ended& /*ended*/) const { return {}; }
};

/// What the pipeline needs from outside.
struct Surroundings {
  const system::Site& site;
  const system::Environment& environment;
  const base::Clock& clock;
  /// Told when a request was filed or joined, before waiting for `wait`.
  std::function<void(const vault::Request&, vault::Filing, base::Seconds wait)> on_asked;
  /// Told when a person was told of that request, while it waits.
  std::function<void(const vault::Request&)> on_told;
  /// Told the command's own words: before anything runs, and what there is to say of a run that ended.
  std::function<void(const std::string&)> on_own_words;
};

/// How the call ended: as the command ended, or with a refusal.
using Passage = std::variant<system::Ended, Refusal>;

/// The whole way. Errors: whatever kept PVM from deciding or the command from being started; nothing was run then.
/// They are written to the audit log where there is a vault to write to.
[[nodiscard]] base::Result<Passage> pass(Command& command, const Surroundings& around);

/// The first of `names` that is configured, else the first that is installed. Errors: as system::find_real_command, of the
/// one that is configured or the first; as errors about the real command.
[[nodiscard]] base::Result<RealCommand> find_real(const std::vector<std::string>& names, const system::Settings& settings);

/// The same error as one about the real command: missing becomes no_command (127), unsafe cannot_execute (126).
[[nodiscard]] base::Error as_command_error(base::Error error);

/// Where root's trust rules, the vault is shared through a group.
[[nodiscard]] vault::Sharing sharing_of(const system::Places& places);
/// Opens the vault of the site.
[[nodiscard]] base::Result<std::unique_ptr<vault::Vault>> open_vault(const system::Places& places);

/// Files the wish as a request of the agent's, with what can be said of host and parents.
[[nodiscard]] base::Result<vault::Filed> file(vault::Vault& vault, const vault::Wish& wish, const Asking& asking,
                                              const system::Settings& settings, base::UnixTime now);

}  // namespace pvm::gate
