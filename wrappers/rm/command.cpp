// SPDX-License-Identifier: Apache-2.0
#include "wrappers/rm/command.hpp"

#include <algorithm>
#include <clocale>
#include <cstdlib>

#include "libpvm/system/process.hpp"
#include "wrappers/rm/grammar.hpp"
#include "wrappers/rm/resolve.hpp"

namespace pvm::wrappers::rm {
namespace {

using base::Result;

/// The name under which rm speaks, and its argv[0]: as it was called where that ends in "rm", else plainly so. A
/// program of many names must not be told another one.
std::string spoken_name(const std::string& argv0) {
  const bool is_rm = argv0.substr(argv0.rfind('/') + 1) == "rm";
  return is_rm ? argv0 : "rm";
}

/// rm quotes names beyond ASCII by the caller's charset. Only UTF-8 is taken over, by the locale that glibc brings
/// along: any other is read from files that the environment names, and its conversions are code.
void use_callers_charset(const std::vector<std::string>& words, const system::Environment& environment) {
  const auto is_beyond_ascii = [](const std::string& word) {
    return std::ranges::any_of(word, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  };
  if (std::ranges::none_of(words, is_beyond_ascii)) return;
  std::string locale;
  for (const char* name : {"LANG", "LC_CTYPE", "LC_ALL"}) {
    if (const auto value = environment.find_filled(name)) locale = *value;
  }
  const bool is_utf8 = locale.ends_with("UTF-8") || locale.ends_with("utf8");
  if (!is_utf8) return;
  for (const char* name : {"LOCPATH", "GCONV_PATH", "LOCALE_ARCHIVE"}) ::unsetenv(name);
  std::setlocale(LC_CTYPE, "C.UTF-8");
}

class GatedRm final : public gate::Command {
 public:
  GatedRm(RmCommand command, std::vector<std::string> argv)
      : command_(std::move(command)),
        name_(spoken_name(argv.front())),
        invocation_{system::working_directory(), std::move(argv)} {}

  [[nodiscard]] std::vector<std::string> real_names() const override { return {"rm"}; }
  [[nodiscard]] model::Invocation invocation() const override { return invocation_; }

  [[nodiscard]] Result<void> resolve(const gate::Caller& caller) override {
    auto resolved = rm::resolve(command_, caller.agent, name_);
    if (!resolved) return base::pass_on(resolved);
    resolved_ = std::move(*resolved);
    return {};
  }
  [[nodiscard]] const model::Operation& operation() const override { return resolved_.operation; }
  [[nodiscard]] const model::Effect& effect() const override { return resolved_.effect; }
  [[nodiscard]] std::string own_words() const override { return resolved_.own_words; }
  [[nodiscard]] int own_status() const override { return resolved_.own_status; }

  [[nodiscard]] std::vector<system::LaunchPlan> plans(const gate::RealCommand& real) const override {
    return plan(command_, resolved_, real.path, name_, real.environment, system::available_confinement());
  }

 private:
  RmCommand command_;
  std::string name_;
  model::Invocation invocation_;
  Resolved resolved_;
};

}  // namespace

ParsedCommand parse_command(std::vector<std::string> argv, const system::Environment& environment) {
  const auto order = environment.find("POSIXLY_CORRECT") ? Order::posix : Order::permute;
  std::vector<std::string> words = argv;
  words.front() = spoken_name(argv.front());
  use_callers_charset(words, environment);
  auto parsed = parse(words, order, operands::is_there);
  if (auto* complaint = std::get_if<Complaint>(&parsed)) return OwnComplaint{complaint->text, complaint->status};
  if (auto* information = std::get_if<rm::Information>(&parsed)) {
    return wrappers::Information{information->option, words.front()};
  }
  return Gated{std::make_unique<GatedRm>(std::get<RmCommand>(std::move(parsed)), std::move(argv)), k_tool};
}

Wrapper wrapper() { return {k_tool, {"rm"}, parse_command}; }

}  // namespace pvm::wrappers::rm
