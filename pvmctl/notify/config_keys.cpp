// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/config_keys.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "pvmctl/notify/config_value.hpp"

namespace pvm::notify {
namespace {

using base::Result;
using Checker = std::string (*)(std::string_view);

template <class Thing>
using Setter = Result<void> (*)(Thing&, const Tree&, const Sources&);

/// A key of a map, and what takes its value.
template <class Thing>
struct Key {
  std::string_view name;
  Setter<Thing> set;
};

template <class Thing>
Result<void> read_keys(Thing& thing, const Tree& map, std::span<const Key<Thing>> known, const Sources& sources) {
  if (map.kind != Tree::Kind::map) return fail_at(map.mark, "must have 'name: value' lines beneath it");
  for (std::size_t at = 0; at < map.keys.size(); ++at) {
    const std::string& name = map.keys[at].first;
    const auto key = std::find_if(known.begin(), known.end(), [&name](const auto& k) { return k.name == name; });
    if (key == known.end()) return fail_at(map.keys[at].second, "has the unknown key " + base::quoted(name, 64));
    if (const auto set = key->set(thing, map.items[at], sources); !set) return set;
  }
  return {};
}

// ---- what takes one value ----

std::string anything(std::string_view) { return {}; }
std::string http_complaint(std::string_view value) { return url_complaint(value, Scheme::http); }
std::string smtp_complaint(std::string_view value) { return url_complaint(value, Scheme::smtp); }
std::string imap_complaint(std::string_view value) { return url_complaint(value, Scheme::imap); }

std::string listen_complaint(std::string_view value) {
  const auto colon = value.rfind(':');
  const bool is_good = colon != std::string_view::npos && colon > 0 &&
                       base::parse_decimal(value.substr(colon + 1), 65535).has_value() &&
                       value.find_first_of(" /@") == std::string_view::npos;
  return is_good ? "" : "must be HOST:PORT such as 127.0.0.1:8765";
}

std::string telegram_token_complaint(std::string_view value) {  // it becomes a part of a path
  const bool is_good = value.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz:_-") ==
                       std::string_view::npos;
  return is_good ? "" : "must be a token of Telegram's BotFather";
}

std::string signing_complaint(std::string_view value) {
  constexpr std::string_view k_prefix = "whsec_";
  if (!value.starts_with(k_prefix)) return "must be a key of Standard Webhooks: whsec_ and Base64";
  const auto key = base::from_base64(value.substr(k_prefix.size()));
  return key && key->size() >= 24 && key->size() <= 64 ? "" : "must be whsec_ and the Base64 of 24 to 64 bytes";
}

template <class Thing, std::string Thing::*member, Checker complaint_of>
Result<void> set_text(Thing& thing, const Tree& value, const Sources& sources) {
  auto text = read_text(value, sources);
  if (!text) return base::pass_on(text);
  while (complaint_of == http_complaint && text->ends_with('/')) text->pop_back();
  if (const std::string complaint = complaint_of(*text); !complaint.empty()) return fail_at(value.mark, complaint);
  thing.*member = *std::move(text);
  return {};
}

template <class Thing, std::vector<std::string> Thing::*member, Checker complaint_of>
Result<void> set_texts(Thing& thing, const Tree& value, const Sources& sources) {
  auto texts = read_texts(value, sources);
  if (!texts) return base::pass_on(texts);
  for (const std::string& text : *texts) {
    if (const std::string complaint = complaint_of(text); !complaint.empty()) return fail_at(value.mark, complaint);
  }
  thing.*member = *std::move(texts);
  return {};
}

template <Secret Channel::*member, Checker complaint_of = anything>
Result<void> set_secret(Channel& channel, const Tree& value, const Sources& sources) {
  auto secret = read_secret(value, sources);
  if (!secret) return base::pass_on(secret);
  if (const std::string complaint = complaint_of(secret->reveal()); !complaint.empty()) return fail_at(value.mark, complaint);
  channel.*member = *std::move(secret);
  return {};
}

template <std::vector<Secret> Channel::*member, Checker complaint_of = anything>
Result<void> set_secrets(Channel& channel, const Tree& value, const Sources& sources) {
  auto secrets = read_secrets(value, sources);
  if (!secrets) return base::pass_on(secrets);
  for (const Secret& secret : *secrets) {
    if (const std::string complaint = complaint_of(secret.reveal()); !complaint.empty()) return fail_at(value.mark, complaint);
  }
  channel.*member = *std::move(secrets);
  return {};
}

Result<void> set_public_keys(Channel& channel, const Tree& value, const Sources& sources) {
  const auto texts = read_texts(value, sources);
  if (!texts) return base::pass_on(texts);
  for (const std::string& text : *texts) {
    base::Digest key{};
    if (!base::from_hex(text, key.data(), key.size())) return fail_at(value.mark, "must be 64 hexadecimal digits in lower case");
    channel.public_keys.emplace_back(key.begin(), key.end());
  }
  return {};
}

Result<void> set_updates(Channel& channel, const Tree& value, const Sources& sources) {
  const auto text = read_text(value, sources);
  if (!text) return base::pass_on(text);
  if (*text != "none" && *text != "poll" && *text != "webhook") return fail_at(value.mark, "must be none, poll or webhook");
  channel.updates = *text == "poll" ? Updates::poll : *text == "webhook" ? Updates::webhook : Updates::none;
  return {};
}

Result<void> set_program(Channel& channel, const Tree& value, const Sources& sources) {
  if (value.kind != Tree::Kind::scalar) return fail_at(value.mark, "must be an absolute path");
  return set_texts<Channel, &Channel::command, path_complaint>(channel, value, sources);
}

Result<void> set_command(Channel& channel, const Tree& value, const Sources& sources) {
  const Tree list = value.kind == Tree::Kind::list ? value : Tree{Tree::Kind::list, value.mark, {}, {value}, {}};
  for (const Tree& item : list.items) {  // words may repeat
    auto word = read_text(item, sources);
    if (!word) return base::pass_on(word);
    channel.command.push_back(*std::move(word));
  }
  const bool is_good = !channel.command.empty() && path_complaint(channel.command.front()).empty();
  if (!is_good) return fail_at(value.mark, "must be a program's absolute path, and its arguments, each as an item of a list");
  return {};
}

Result<void> ignore(Channel&, const Tree&, const Sources&) { return {}; }

Result<void> set_principal(Approver& approver, const Tree& value, const Sources& sources) {
  auto text = read_text(value, sources);
  if (!text) return base::pass_on(text);
  approver.principal = *std::move(text);
  return {};
}

Result<void> set_addresses(Approver& approver, const Tree& value, const Sources& sources) {
  if (const auto set = set_texts<Approver, &Approver::addresses, address_complaint>(approver, value, sources); !set) return set;
  for (std::string& address : approver.addresses) {
    std::transform(address.begin(), address.end(), address.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  }
  return {};
}

Result<void> set_behind_proxy(Serve& serve, const Tree& value, const Sources&) {
  const auto truth = read_truth(value);
  if (!truth) return base::pass_on(truth);
  serve.is_behind_proxy = *truth;
  return {};
}

// ---- which keys there are ----

using ChannelKey = Key<Channel>;
constexpr ChannelKey k_type = {"type", ignore};
constexpr ChannelKey k_base_url = {"base_url", set_text<Channel, &Channel::base_url, http_complaint>};
constexpr ChannelKey k_ca_file = {"ca_file", set_text<Channel, &Channel::ca_file, path_complaint>};
constexpr ChannelKey k_webhook = {"webhook", set_secret<&Channel::webhook, http_complaint>};
constexpr ChannelKey k_bot_token = {"bot_token", set_secret<&Channel::token>};
constexpr ChannelKey k_channel = {"channel", set_text<Channel, &Channel::place, place_complaint>};

constexpr std::array k_slack = {k_type, k_base_url, k_ca_file, k_webhook, k_bot_token, k_channel,
                                ChannelKey{"signing_secrets", set_secrets<&Channel::callback>}};
constexpr std::array k_discord = {k_type, k_base_url, k_ca_file, k_webhook, k_bot_token, k_channel,
                                  ChannelKey{"public_keys", set_public_keys}};
constexpr std::array k_telegram = {k_type, k_base_url, k_ca_file,
                                   ChannelKey{"bot_token", set_secret<&Channel::token, telegram_token_complaint>},
                                   ChannelKey{"chat", set_text<Channel, &Channel::place, place_complaint>},
                                   ChannelKey{"updates", set_updates},
                                   ChannelKey{"webhook_secrets", set_secrets<&Channel::callback>}};
constexpr std::array k_sendblue = {k_type, k_base_url, k_ca_file, ChannelKey{"key_id", set_secret<&Channel::key_id>},
                                   ChannelKey{"secret_key", set_secret<&Channel::password>},
                                   ChannelKey{"from", set_text<Channel, &Channel::from, phone_complaint>},
                                   ChannelKey{"to", set_texts<Channel, &Channel::to, phone_complaint>},
                                   ChannelKey{"webhook_secrets", set_secrets<&Channel::callback>}};
constexpr std::array k_email = {k_type, k_ca_file,
                                ChannelKey{"base_url", set_text<Channel, &Channel::base_url, smtp_complaint>},
                                ChannelKey{"user", set_text<Channel, &Channel::user, anything>},
                                ChannelKey{"password", set_secret<&Channel::password>},
                                ChannelKey{"from", set_text<Channel, &Channel::from, address_complaint>},
                                ChannelKey{"to", set_texts<Channel, &Channel::to, address_complaint>},
                                ChannelKey{"mailbox", set_text<Channel, &Channel::mailbox, imap_complaint>}};
constexpr std::array k_ntfy = {k_type, k_base_url, k_ca_file, ChannelKey{"token", set_secret<&Channel::token>},
                               ChannelKey{"topic", set_text<Channel, &Channel::place, place_complaint>}};
constexpr std::array k_generic = {k_type, k_ca_file, ChannelKey{"base_url", set_secret<&Channel::webhook, http_complaint>},
                                  ChannelKey{"signing_keys", set_secrets<&Channel::signing, signing_complaint>},
                                  ChannelKey{"callback_keys", set_secrets<&Channel::callback, signing_complaint>}};
constexpr std::array k_desktop = {k_type, ChannelKey{"program", set_program}};
constexpr std::array k_command = {k_type, ChannelKey{"command", set_command}};

std::span<const ChannelKey> keys_of(Service service) {
  switch (service) {
    case Service::slack: return k_slack;
    case Service::discord: return k_discord;
    case Service::telegram: return k_telegram;
    case Service::sendblue: return k_sendblue;
    case Service::email: return k_email;
    case Service::ntfy: return k_ntfy;
    case Service::webhook: return k_generic;
    case Service::desktop: return k_desktop;
    case Service::command: return k_command;
  }
  return {};
}

constexpr std::array<Key<Approver>, 6> k_approver = {{
    {"principal", set_principal},
    {"slack", set_texts<Approver, &Approver::slack, place_complaint>},
    {"discord", set_texts<Approver, &Approver::discord, place_complaint>},
    {"telegram", set_texts<Approver, &Approver::telegram, place_complaint>},
    {"phone", set_texts<Approver, &Approver::phones, phone_complaint>},
    {"email", set_addresses},
}};

constexpr std::array<Key<Serve>, 5> k_serve = {{
    {"listen", set_text<Serve, &Serve::listen, listen_complaint>},
    {"public_url", set_text<Serve, &Serve::public_url, http_complaint>},
    {"behind_proxy", set_behind_proxy},
    {"tls_certificate", set_text<Serve, &Serve::tls_certificate, path_complaint>},
    {"tls_key", set_text<Serve, &Serve::tls_key, path_complaint>},
}};

}  // namespace

Result<void> read_channel_keys(Channel& channel, const Tree& map, const Sources& sources) {
  return read_keys(channel, map, keys_of(channel.service), sources);
}

Result<void> read_approver_keys(Approver& approver, const Tree& map, const Sources& sources) {
  return read_keys<Approver>(approver, map, k_approver, sources);
}

Result<void> read_serve_keys(Serve& serve, const Tree& map, const Sources& sources) {
  return read_keys<Serve>(serve, map, k_serve, sources);
}

}  // namespace pvm::notify
