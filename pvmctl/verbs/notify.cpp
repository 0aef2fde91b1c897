// SPDX-License-Identifier: Apache-2.0
// notify: how people are told of requests. The words are read here; the work is another program's.
#include "pvmctl/verbs/notify.hpp"

#include "pvmctl/serve_program.hpp"

namespace pvm::pvmctl {

void add_notify_verbs(CLI::App& app, Program& program, NotifyWork work) {
  CLI::App* group = add_group(app, "notify", "how people are told of requests: the channels of config.yaml");
  const auto channels = std::make_shared<std::vector<std::string>>();
  CLI::App* test = add_verb(*group, program, "test", "send a message through every channel, or those named, and say what became of it",
                            "pvmctl notify test\n  pvmctl notify test team",
                            [channels, work = std::move(work)] { return work(*channels); });
  test->add_option("CHANNEL", *channels, "a channel's name in config.yaml");
}

void add_notify_verbs(CLI::App& app, Program& program) {
  add_notify_verbs(app, program, [&program](const std::vector<std::string>& channels) {
    std::vector<std::string> words = {"notify", "test"};
    if (program.format == Format::json) words.emplace_back("--json");
    words.emplace_back("--");
    words.insert(words.end(), channels.begin(), channels.end());
    return become_serve_program(words);
  });
}

}  // namespace pvm::pvmctl
