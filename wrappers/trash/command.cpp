// SPDX-License-Identifier: Apache-2.0
#include "wrappers/trash/command.hpp"

#include <utility>

#include "libpvm/system/process.hpp"
#include "wrappers/trash/bins.hpp"
#include "wrappers/trash/grammar.hpp"
#include "wrappers/trash/resolve.hpp"

namespace pvm::wrappers::trash {
namespace {

using base::Result;

// Where things go is not to depend on a directory that commands are called in: a path that is not absolute is left out,
// as the base directory specification wants it.
bool is_kept(const std::string& variable) {
  for (const std::string_view name : {"HOME=", "XDG_DATA_HOME="}) {
    if (variable.starts_with(name)) return variable.substr(name.size()).starts_with('/');
  }
  return true;
}

class GatedTrash final : public gate::Command {
 public:
  GatedTrash(TrashCommand command, std::vector<std::string> argv)
      : command_(std::move(command)), invocation_{system::working_directory(), std::move(argv)} {}

  [[nodiscard]] std::vector<std::string> real_names() const override { return {std::string(k_name), "gio"}; }
  [[nodiscard]] std::vector<std::string> environment(const system::Environment& of_caller) const override {
    auto variables = system::plain_environment(of_caller);
    std::erase_if(variables, [](const std::string& variable) { return !is_kept(variable); });
    // trash-put is Python's, which would run what it finds beneath HOME.
    variables.emplace_back("PYTHONNOUSERSITE=1");
    return variables;
  }
  [[nodiscard]] model::Invocation invocation() const override { return invocation_; }

  [[nodiscard]] Result<void> resolve(const gate::Caller& caller) override {
    ::clock_gettime(CLOCK_REALTIME_COARSE, &since_);
    auto resolved = trash::resolve(command_, caller.agent);
    if (!resolved) return base::pass_on(resolved);
    resolved_ = std::move(*resolved);
    std::map<std::string, std::string, std::less<>> variables;
    for (const std::string& variable : environment(caller.environment)) {
      const std::size_t equals = variable.find('=');
      variables.emplace(variable.substr(0, equals), variable.substr(equals + 1));
    }
    bins_ = bins_for(resolved_, system::Environment(std::move(variables)));
    return {};
  }
  [[nodiscard]] const model::Operation& operation() const override { return resolved_.operation; }
  [[nodiscard]] const model::Effect& effect() const override { return resolved_.effect; }
  [[nodiscard]] std::string own_words() const override { return resolved_.own_words; }
  [[nodiscard]] int own_status() const override { return resolved_.own_status; }

  [[nodiscard]] std::vector<system::LaunchPlan> plans(const gate::RealCommand& real) const override {
    infos_ = open_infos(bins_, resolved_);
    std::vector<int> infos;
    for (const base::Descriptor& info : infos_) infos.push_back(info.get());
    return plan(command_, resolved_, real, infos, system::available_confinement(system::Moves::allowed));
  }
  [[nodiscard]] gate::Aftermath aftermath(const system::Ended& /*ended*/) const override {
    return {restorable_text(bins_, resolved_.targets, since_), ""};
  }

 private:
  TrashCommand command_;
  model::Invocation invocation_;
  Resolved resolved_;
  timespec since_{};
  std::vector<Bin> bins_;
  mutable std::vector<base::Descriptor> infos_;  // while the command runs
};

}  // namespace

ParsedCommand parse_command(std::vector<std::string> argv, const system::Environment& /*environment*/) {
  auto parsed = parse(argv);
  if (const auto* complaint = std::get_if<Complaint>(&parsed)) return OwnComplaint{complaint->text, k_usage_status};
  if (const auto* information = std::get_if<trash::Information>(&parsed)) {
    return wrappers::Information{information->option, std::string(k_name)};
  }
  return Gated{std::make_unique<GatedTrash>(std::get<TrashCommand>(std::move(parsed)), std::move(argv)), k_tool};
}

// gio has another help and another version, so these are for trash-put alone.
Wrapper wrapper() { return {k_tool, {std::string(k_name)}, parse_command}; }

}  // namespace pvm::wrappers::trash
