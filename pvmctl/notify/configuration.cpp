// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/configuration.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "libpvm/base/text.hpp"
#include "libpvm/system/settings.hpp"
#include "pvmctl/notify/config_keys.hpp"
#include "pvmctl/notify/config_tree.hpp"
#include "pvmctl/notify/config_value.hpp"

namespace pvm::notify {
namespace {

using base::Result;

constexpr std::array<std::string_view, 9> k_services = {"slack", "discord", "telegram", "sendblue", "email",
                                                        "ntfy",  "webhook", "desktop",  "command"};

std::string_view default_url(Service service) {
  switch (service) {
    case Service::slack: return "https://slack.com";
    case Service::discord: return "https://discord.com";
    case Service::telegram: return "https://api.telegram.org";
    case Service::sendblue: return "https://api.sendblue.com";
    case Service::ntfy: return "https://ntfy.sh";
    default: return {};
  }
}

/// What `channel` lacks, such as "needs bot_token and chat"; empty: nothing.
std::string lack_of(const Channel& channel) {
  const bool has_bot = !channel.token.empty() && !channel.place.empty();
  const bool has_half = channel.token.empty() != channel.place.empty();
  switch (channel.service) {
    case Service::slack:
    case Service::discord:
      return has_half || has_bot == !channel.webhook.empty() ? "needs webhook, or else bot_token and channel" : "";
    case Service::telegram:
      if (channel.updates == Updates::webhook && channel.callback.empty()) return "needs webhook_secrets";
      return has_bot ? "" : "needs bot_token and chat";
    case Service::sendblue:
      if (channel.key_id.empty() || channel.password.empty()) return "needs key_id and secret_key";
      return channel.from.empty() || channel.to.empty() ? "needs from and to" : "";
    case Service::email:
      if (channel.base_url.empty() || channel.from.empty() || channel.to.empty()) return "needs base_url, from and to";
      if (channel.user.empty() != channel.password.empty()) return "needs user and password, or neither";
      return !channel.mailbox.empty() && channel.user.empty() ? "needs user and password for its mailbox" : "";
    case Service::ntfy: return channel.place.empty() ? "needs topic" : "";
    case Service::webhook: return channel.webhook.empty() || channel.signing.empty() ? "needs base_url and signing_keys" : "";
    case Service::desktop: return "";
    case Service::command: return channel.command.empty() ? "needs command" : "";
  }
  return "";
}

Result<Channel> read_channel(const std::string& name, const Tree& map, const Sources& sources) {
  Channel channel;
  channel.name = name;
  if (map.kind != Tree::Kind::map) return fail_at(map.mark, "must have 'name: value' lines beneath it");
  const auto type = std::find_if(map.keys.begin(), map.keys.end(), [](const auto& key) { return key.first == "type"; });
  if (type == map.keys.end()) return fail_at(map.mark, "needs type");
  const Tree& value = map.items[static_cast<std::size_t>(type - map.keys.begin())];
  const auto service = std::find(k_services.begin(), k_services.end(), value.text);
  if (service == k_services.end()) return fail_at(value.mark, base::quoted(value.text, 64) + " is no type of a channel");
  channel.service = static_cast<Service>(service - k_services.begin());
  if (const auto read = read_channel_keys(channel, map, sources); !read) return base::pass_on(read);
  if (channel.base_url.empty()) channel.base_url = default_url(channel.service);
  if (channel.service == Service::desktop && channel.command.empty()) channel.command = {"/usr/bin/notify-send"};
  if (const std::string lack = lack_of(channel); !lack.empty()) return fail_at(map.mark, lack);
  return channel;
}

std::vector<std::string> names_elsewhere(const Approver& approver) {
  std::vector<std::string> names;
  const auto add = [&names](std::string_view service, const std::vector<std::string>& ids) {
    for (const std::string& id : ids) names.push_back(std::string(service) + " " + id);
  };
  add("slack", approver.slack);
  add("discord", approver.discord);
  add("telegram", approver.telegram);
  add("phone", approver.phones);
  add("email", approver.addresses);
  return names;
}

Result<void> read_channels(Configuration& configuration, const Tree& map, const Sources& sources) {
  for (std::size_t at = 0; at < map.keys.size(); ++at) {
    if (!place_complaint(map.keys[at].first).empty()) return fail_at(map.keys[at].second, place_complaint(""));
    auto channel = read_channel(map.keys[at].first, map.items[at], sources);
    if (!channel) return base::pass_on(channel);
    configuration.channels.push_back(*std::move(channel));
  }
  return {};
}

Result<void> read_approvers(Configuration& configuration, const Tree& map, const Sources& sources) {
  std::set<std::string> taken;
  for (std::size_t at = 0; at < map.keys.size(); ++at) {
    Approver approver;
    approver.name = map.keys[at].first;
    if (const auto read = read_approver_keys(approver, map.items[at], sources); !read) return read;
    for (const std::string& name : names_elsewhere(approver)) {
      if (!taken.insert(name).second) return fail_at(map.items[at].mark, base::quoted(name, 200) + " is another approver already");
    }
    configuration.approvers.push_back(std::move(approver));
  }
  return {};
}

Result<void> read_serve(Configuration& configuration, const Tree& map, const Sources& sources) {
  if (const auto read = read_serve_keys(configuration.serve, map, sources); !read) return read;
  const bool has_half = configuration.serve.tls_certificate.empty() != configuration.serve.tls_key.empty();
  return has_half ? Result<void>(fail_at(map.mark, "needs tls_certificate and tls_key, or neither")) : Result<void>();
}

}  // namespace

std::string_view name_of(Service service) { return k_services[static_cast<std::size_t>(service)]; }

const Approver* find_approver(const Configuration& configuration, Service service, std::string_view person) {
  const auto is_it = [service, person](const Approver& approver) {
    const auto has = [person](const std::vector<std::string>& ids) { return std::find(ids.begin(), ids.end(), person) != ids.end(); };
    switch (service) {
      case Service::slack: return has(approver.slack);
      case Service::discord: return has(approver.discord);
      case Service::telegram: return has(approver.telegram);
      case Service::sendblue: return has(approver.phones);
      case Service::email: return has(approver.addresses);
      case Service::webhook: return approver.name == person;
      default: return false;
    }
  };
  const auto found = std::find_if(configuration.approvers.begin(), configuration.approvers.end(), is_it);
  return found == configuration.approvers.end() ? nullptr : &*found;
}

Result<Configuration> parse_configuration(std::string_view text, const Sources& sources) {
  const auto tree = read_tree(text);
  if (!tree) return base::pass_on(tree);
  if (const auto settings = system::parse_settings(text); !settings) return base::pass_on(settings);
  Configuration configuration;
  for (std::size_t at = 0; at < tree->keys.size(); ++at) {
    const std::string& name = tree->keys[at].first;
    const Tree& map = tree->items[at];
    const auto read = name == "channels"    ? read_channels
                      : name == "approvers" ? read_approvers
                      : name == "serve"     ? read_serve
                                            : nullptr;
    if (read == nullptr || map.kind == Tree::Kind::nothing) continue;  // the other keys are settings
    if (map.kind != Tree::Kind::map) return fail_at(map.mark, "must have 'name: value' lines beneath it");
    if (const auto done = read(configuration, map, sources); !done) return base::pass_on(done);
  }
  return configuration;
}

}  // namespace pvm::notify
