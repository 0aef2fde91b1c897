// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/serve/notify_test.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <map>

#include "libpvm/base/text.hpp"
#include "libpvm/frontend/exit_status.hpp"
#include "libpvm/system/safe_file.hpp"
#include "pvmctl/notify/child.hpp"
#include "pvmctl/notify/deliverer.hpp"

namespace pvm::pvmctl::serve {
namespace {

using base::Code;
using base::Result;

constexpr std::size_t k_most_configuration = 64 << 10;
constexpr base::Seconds k_test_life{20};

notify::Message test_message(const notify::Configuration& configuration, base::UnixTime now) {
  notify::Message message;
  message.request = "0000000000000000";
  message.agent = "notify-test";
  message.action = "rm";
  message.effect = "~/example: 2 files, 20 KiB (a test: nothing waits for an answer)";
  message.reason = "to see that messages arrive";
  message.expires = now + k_test_life;
  message.door = configuration.serve.public_url;
  return message;
}

struct Tally {
  int sent = 0;
  int failed = 0;
  int attempts = 0;
  std::string why;
};

Result<std::vector<std::string>> wanted_channels(const notify::Configuration& configuration, const std::vector<std::string>& named) {
  std::vector<std::string> all;
  for (const notify::Channel& channel : configuration.channels) all.push_back(channel.name);
  if (all.empty()) return base::fail(Code::missing, "config.yaml has no channel", "share/doc/pvm/examples/config-channels.yaml shows every one");
  for (const std::string& name : named) {
    if (std::find(all.begin(), all.end(), name) == all.end()) {
      return base::fail(Code::usage, base::quoted(name, 64) + " is no channel of config.yaml");
    }
  }
  return named.empty() ? all : named;
}

}  // namespace

Result<notify::Configuration> read_configuration(Context& context) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const system::Places& places = (*site)->places;
  const auto guard = places.owner == system::TrustOwner::root ? system::Guard::root_only : system::Guard::own_or_root;
  const auto text = system::read_checked_file(places.configuration(), guard, k_most_configuration);
  if (!text && text.error().code == Code::missing) return notify::Configuration();
  if (!text) return base::pass_on(text);
  const auto environment = notify::environment_for_children(context.environment());
  return notify::parse_configuration(*text, {context.environment(), [&environment](const std::string& command) {
                                               return notify::run_for_secret(command, environment);
                                             }});
}

Result<Reply> test_channels(Context& context, const std::vector<std::string>& named) {
  auto configuration = read_configuration(context);
  if (!configuration) return base::pass_on(configuration);
  const auto channels = wanted_channels(*configuration, named);
  if (!channels) return base::pass_on(channels);

  std::map<std::string, Tally> results;
  const notify::Message message = test_message(*configuration, context.now());
  boost::asio::io_context loop;
  notify::Deliverer deliverer(loop, *std::move(configuration), context.clock(), context.environment());
  for (const std::string& name : *channels) {
    static_cast<void>(deliverer.send_to(name, message, [&results](const notify::Attempt& attempt) {
      Tally& result = results[attempt.channel];
      result.attempts = std::max(result.attempts, attempt.attempt);
      if (attempt.outcome == notify::Outcome::sent) ++result.sent;
      if (attempt.outcome == notify::Outcome::failed) ++result.failed;
      if (attempt.outcome == notify::Outcome::failed) result.why = attempt.why;
    }));
  }
  deliverer.drain([] {});
  loop.run();

  Reply reply;
  reply.json["channels"] = Json::array();
  for (const std::string& name : *channels) {
    const Tally& result = results[name];
    const bool is_sent = result.sent > 0 && result.failed == 0;
    if (!is_sent) reply.status = frontend::k_exit_refused;
    reply.text += name + ": " + (is_sent ? "sent" : "failed: " + result.why);
    reply.text += result.attempts > 1 ? " (attempt " + std::to_string(result.attempts) + ")\n" : "\n";
    reply.json["channels"].push_back({{"channel", name}, {"sent", is_sent}, {"attempts", result.attempts}, {"why", result.why}});
  }
  return reply;
}

}  // namespace pvm::pvmctl::serve
