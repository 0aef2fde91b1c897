// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/cli.hpp"

namespace pvm::pvmctl {

CLI::App* add_verb(CLI::App& parent, Program& program, const std::string& name, const std::string& description,
                   const std::string& example, std::function<base::Result<Reply>()> work) {
  CLI::App* verb = parent.add_subcommand(name, description);
  verb->add_flag_callback("--json", [&program] { program.format = Format::json; },
                          "answer with one JSON object that holds next_step");
  verb->footer("Example:\n  " + example);
  if (parent.get_parent() != nullptr && parent.get_footer().empty()) parent.footer("Example:\n  " + example);
  verb->callback([&program, work = std::move(work)] { program.run = work; });
  return verb;
}

CLI::App* add_group(CLI::App& parent, const std::string& name, const std::string& description) {
  CLI::App* group = parent.add_subcommand(name, description);
  group->require_subcommand(1);
  group->footer("");  // not its parent's: the example of its first verb is put there
  return group;
}

void take_command(Program& program, CLI::App* verb, const std::string& first, const std::string& words) {
  program.command_verbs.push_back(first);
  program.help->end_usage(verb, words);
}

}  // namespace pvm::pvmctl
