// SPDX-License-Identifier: Apache-2.0
// Channels of every service, and messages, tame and hostile.
#pragma once

#include <string>
#include <vector>

#include "pvmctl/notify/configuration.hpp"
#include "pvmctl/notify/message.hpp"

namespace pvm::notify::test {

constexpr base::UnixTime k_now = base::from_unix(1'790'000'000);
inline const std::string k_key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

inline Channel channel_of(Service service) {
  Channel channel;
  channel.name = std::string(name_of(service));
  channel.service = service;
  channel.base_url = "https://host.example";
  channel.token = Secret("12:TOKEN-SECRET");
  channel.place = "C024BE91L";
  channel.key_id = Secret("ID-SECRET");
  channel.password = Secret("PASSWORD-SECRET");
  channel.user = "pvm";
  channel.from = service == Service::email ? "pvm@example.org" : "+15550100000";
  channel.to = service == Service::email ? std::vector<std::string>{"alice@example.org", "bob@example.org"}
                                         : std::vector<std::string>{"+15550100001", "+15550100002"};
  channel.callback = {Secret(service == Service::webhook ? k_key : "CALLBACK-SECRET")};
  channel.public_keys = {std::string(32, 'k')};
  channel.updates = Updates::poll;
  channel.mailbox = "imaps://host.example";
  channel.signing = {Secret(k_key)};
  if (service == Service::email) channel.base_url = "smtps://host.example";
  if (service == Service::webhook) channel.webhook = Secret("https://host.example/HOOK-SECRET");
  if (service == Service::desktop) channel.command = {"/usr/bin/notify-send"};
  if (service == Service::command) channel.command = {"/usr/local/bin/blink", "--red"};
  return channel;
}

inline Channel webhook_of(Service service) {
  Channel channel = channel_of(service);
  channel.token = Secret();
  channel.place.clear();
  channel.webhook = Secret("https://host.example/HOOK-SECRET");
  return channel;
}

inline const std::vector<Service> k_services = {Service::slack, Service::discord, Service::telegram, Service::sendblue, Service::email,
                                                Service::ntfy,  Service::webhook, Service::desktop,  Service::command};

inline Message message() {
  Message message;
  message.request = "e8ad2043c0ffee00e8ad2043c0ffee00";
  message.agent = "claude";
  message.action = "rm";
  message.effect = "~/app/build: 2 files, 20 KiB";
  message.reason = "clean build";
  message.expires = k_now + base::Seconds(3600);
  message.door = "https://pvm.example.org/r/e8ad2043";
  message.buttons = Buttons{std::string(40, 'A'), std::string(40, 'B'), std::string(40, 'C')};
  return message;
}

/// Everything as long as it gets, of what grows most when it is escaped.
inline Message longest(const std::string& of) {
  Message message = test::message();
  const auto repeated = [&of](std::size_t size) {
    std::string text;
    while (text.size() < size) text += of;
    return text;
  };
  message.agent = repeated(300);
  message.action = repeated(300);
  message.effect = repeated(9000);
  message.reason = repeated(9000);
  message.more = 1'000'000;
  message.door = "https://pvm.example.org/" + std::string(470, 'd');
  return message;
}

}  // namespace pvm::notify::test
