// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/configuration.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/unit/system/temporary_directory.hpp"

using namespace pvm::notify;
using pvm::base::Code;
using pvm::base::Result;
using pvm::system::Environment;

namespace {

const std::string k_signing = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

const Environment k_environment({{"TOKEN", "xoxb-SECRET-1"},
                                 {"TELEGRAM", "12:SECRET"},
                                 {"HOOK", "SECRET/path"},
                                 {"EMPTY", ""},
                                 {"LINES", "SECRET\r\nX-Header: 1"},
                                 {"SPACE", "SECRET x"},
                                 {"BIDI", "SECRET\xE2\x80\xAE"},
                                 {"SIGNING", k_signing},
                                 {"SHORT", "whsec_U0VDUkVU"}});

Result<std::string> run_nothing(const std::string& command) {
  if (command == "print") return std::string("xoxb-PRINTED\n");
  return pvm::base::fail(Code::io, "it failed");
}

Result<Configuration> parse(const std::string& text) { return parse_configuration(text, {k_environment, run_nothing}); }

struct Bad {
  std::string text;
  std::string where;  // "line:column"; the line alone where the settings' reader says it
};

const std::string k_slack = "channels:\n  s:\n    type: slack\n    bot_token: ${TOKEN}\n    channel: C1\n";
const std::string k_mail = "channels:\n  m:\n    type: email\n    from: a@b.c\n    to: d@e.f\n    base_url: ";

const std::vector<Bad> k_bad = {
    // shape
    {"channels:\n  a: b\n", "2:6"},
    {"channels:\n  - a\n", "2:3"},
    {"approvers:\n  - a\n", "2:3"},
    {"approvers:\n  alice: x\n", "2:10"},
    {"serve:\n  - a\n", "2:3"},
    {"channels:\n  a:\n    type: slack\n  a:\n    type: slack\n", "4:3"},
    {k_slack + "    channel: C2\n", "6:5"},
    {k_slack + "channels:\n", "6:1"},
    {"channels: &a\n  b:\n", "1:11"},
    {"channels: *a\n", "1:11"},
    {"channels: !!map\n  a:\n", "1:11"},
    {"channels:\n  a: &x b\n", "2:6"},
    {"channels:\n  ? [a]\n  : b\n", "2:5"},
    {"channels:\n---\nchannels:\n", "3:1"},
    {"channels:\n  a: \"\n", ""},
    {"channels:\n  a: {type: slack}\n", ""},
    {"channels:\n  a:\n", "2:3"},
    {"colours:\n  a: b\n", ""},
    {"key: relative\n", "1"},
    // channels
    {"channels:\n  'a b':\n    type: desktop\n", ""},
    {"channels:\n  a:\n    type: pigeon\n", "3:11"},
    {"channels:\n  a:\n    channel: C1\n", "3:5"},
    {"channels:\n  a:\n    type: slack\n", "3:5"},
    {k_slack + "    webhook: https://h/${HOOK}\n", "3:5"},
    {k_slack + "    colour: red\n", "6:5"},
    {k_slack + "    chat: red\n", "6:5"},
    {k_slack + "    verify: false\n", "6:5"},
    {k_slack + "    base_url: http://slack.com\n", "6:15"},
    {k_slack + "    base_url: http://localhost.evil.com\n", "6:15"},
    {k_slack + "    base_url: http://127.evil.com\n", "6:15"},
    {k_slack + "    base_url: http://127.0.0.1@evil.com\n", "6:15"},
    {k_slack + "    base_url: https://u:p@slack.com\n", "6:15"},
    {k_slack + "    base_url: https://slack.com?x\n", "6:15"},
    {k_slack + "    base_url: file:///etc\n", "6:15"},
    {k_slack + "    base_url: slack.com\n", "6:15"},
    {k_slack + "    base_url: https://\n", "6:15"},
    {k_slack + "    base_url: 'https://a b'\n", "6:15"},
    {k_slack + "    ca_file: ca.pem\n", "6:14"},
    {"channels:\n  s:\n    type: slack\n    bot_token: ${TOKEN}\n    channel: 'a b'\n", "5:14"},
    {"channels:\n  s:\n    type: slack\n    bot_token: ${TOKEN}\n    channel:\n      - a\n", "6:7"},
    {"channels:\n  s:\n    type: discord\n    bot_token: ${TOKEN}\n    channel: 1\n    public_keys: 12\n", "6:18"},
    {"channels:\n  t:\n    type: telegram\n    bot_token: ${HOOK}\n    chat: 1\n", "4:16"},
    {"channels:\n  t:\n    type: telegram\n    bot_token: ${TELEGRAM}\n    chat: 1\n    updates: yes\n", "6:14"},
    {"channels:\n  t:\n    type: telegram\n    bot_token: ${TELEGRAM}\n    chat: 1\n    updates: webhook\n", "3:5"},
    {k_mail + "smtp://h\n    user: u\n", "3:5"},
    {k_mail + "http://h\n", "6:15"},
    {k_mail + "smtp://h/x\n", "6:15"},
    {k_mail + "smtps://h\n    mailbox: imap://h\n", "7:14"},
    {k_mail + "smtps://h\n    mailbox: imaps://h\n", "3:5"},
    {"channels:\n  m:\n    type: email\n    base_url: smtp://h\n    from: a@b\n    to: 'x@y>, <z@w'\n", "6:9"},
    {"channels:\n  m:\n    type: sendblue\n    from: 555\n", "4:11"},
    {"channels:\n  w:\n    type: webhook\n    base_url: https://h/${HOOK}\n    signing_keys: ${TOKEN}\n", "5:19"},
    {"channels:\n  w:\n    type: webhook\n    base_url: https://h/${HOOK}\n    signing_keys: ${SHORT}\n", "5:19"},
    {"channels:\n  c:\n    type: command\n    command: blink\n", "4:14"},
    {"channels:\n  d:\n    type: desktop\n    base_url: https://h\n", "4:5"},
    // secrets
    {"channels:\n  s:\n    type: slack\n    channel: C\n    bot_token: xoxb-SECRET-1\n", "5:16"},
    {"channels:\n  s:\n    type: slack\n    channel: C\n    bot_token: ${NOT_SET}\n", "5:16"},
    {"channels:\n  s:\n    type: slack\n    channel: C\n    bot_token: ${EMPTY}\n", "5:16"},
    {"channels:\n  s:\n    type: slack\n    channel: C\n    bot_token: ${TOKEN\n", "5:16"},
    {"channels:\n  s:\n    type: slack\n    channel: C\n    bot_token: ${}\n", "5:16"},
    {"channels:\n  s:\n    type: slack\n    channel: C\n    bot_token: ${1A}\n", "5:16"},
    {"channels:\n  s:\n    type: slack\n    channel: C\n    bot_token: $TOKEN\n", "5:16"},
    {"channels:\n  s:\n    type: slack\n    channel: C\n    bot_token: ${LINES}\n", "5:16"},
    {"channels:\n  s:\n    type: slack\n    channel: C\n    bot_token: ${SPACE}\n", "5:16"},
    {"channels:\n  s:\n    type: slack\n    channel: C\n    bot_token: file:relative\n", "5:16"},
    {"channels:\n  s:\n    type: slack\n    channel: C\n    bot_token: file:/nonexistent/x\n", "5:16"},
    {"channels:\n  s:\n    type: slack\n    channel: C\n    bot_token: cmd:false\n", "5:16"},
    {"channels:\n  s:\n    type: slack\n    channel: C\n    bot_token:\n      - ${TOKEN}\n", "6:7"},
    {"channels:\n  s:\n    type: slack\n    channel: ${BIDI}\n    bot_token: ${TOKEN}\n", "4:14"},
    {"channels:\n  s:\n    type: slack\n    webhook: http://h.example/${HOOK}\n", "4:14"},
    // approvers, serve
    {"approvers:\n  alice:\n    phone: 555\n", "3:12"},
    {"approvers:\n  alice:\n    phone: +0155512\n", "3:12"},
    {"approvers:\n  alice:\n    email: a@b@c\n", "3:12"},
    {"approvers:\n  alice:\n    fax: 1\n", "3:5"},
    {"approvers:\n  alice:\n    slack: U1\n  bob:\n    slack: U1\n", "5:5"},
    {"approvers:\n  alice:\n    email: A@b.c\n  bob:\n    email: a@B.c\n", "5:5"},
    {"approvers:\n  alice:\n    slack:\n      - U1\n      - U1\n", "5:9"},
    {"serve:\n  listen: 127.0.0.1\n", "2:11"},
    {"serve:\n  listen: 127.0.0.1:99999\n", "2:11"},
    {"serve:\n  behind_proxy: yes\n", "2:17"},
    {"serve:\n  tls_key: /k\n", "2:3"},
    {"serve:\n  public_url: http://pvm.example.org\n", "2:15"},
    {"serve:\n  port: 1\n", "2:3"},
};

}  // namespace

TEST_CASE("whatever is not plainly right is refused, with its line and column, and without a secret") {
  for (const Bad& bad : k_bad) {
    CAPTURE(bad.text);
    const auto read = parse(bad.text);
    REQUIRE_FALSE(read.has_value());
    CAPTURE(read.error().message);
    CHECK(read.error().code == Code::malformed);
    CHECK(read.error().message.starts_with("config.yaml line "));
    CHECK(read.error().message.find("SECRET") == std::string::npos);
    const auto colon = bad.where.find(':');
    if (colon == std::string::npos) continue;
    CHECK(read.error().message.starts_with("config.yaml line " + bad.where.substr(0, colon) + ", column " +
                                           bad.where.substr(colon + 1) + ": "));
  }
}

TEST_CASE("secrets come from variables, files that are nobody else's, and commands") {
  const pvm::test::TemporaryDirectory box;
  const std::string text = "channels:\n  s:\n    type: slack\n    channel: C1\n    bot_token: ";
  const auto token = [&](const std::string& value) {
    const auto read = parse(text + value + "\n");
    return read ? read->channels.at(0).token.reveal() : read.error().message;
  };
  CHECK(token("${TOKEN}") == "xoxb-SECRET-1");
  CHECK(token("a-${TOKEN}-b") == "a-xoxb-SECRET-1-b");
  CHECK(token("cmd:print") == "xoxb-PRINTED");
  CHECK(token("file:" + box.write("good", "from-file\n")) == "from-file");
  CHECK(token("file:" + box.write("readable", "from-file\n", 0640)).find("column 16: cannot be read") != std::string::npos);
  CHECK(token("file:" + box.write("lines", "one\ntwo\n")).find("column 16: must have") != std::string::npos);
  CHECK(token("file:" + box.write("long", std::string(5000, 'x'))).find("column 16: cannot be read") != std::string::npos);
  CHECK(token("file:" + box.write("empty", "")).find("column 16: must have") != std::string::npos);
}

TEST_CASE("a configuration without these parts has no channel and serves this machine") {
  const auto read = parse("use_ssh_agent: true\n");
  REQUIRE(read.has_value());
  CHECK(read->channels.empty());
  CHECK(read->approvers.empty());
  CHECK(read->serve.listen == "127.0.0.1:8765");
}

TEST_CASE("a person of a service is the approver who is called that there, and nobody else") {
  const auto read = parse("approvers:\n  alice:\n    slack: U1\n    phone: +15550100001\n    email: Alice@b.c\n  bob:\n    discord: U1\n    telegram: 7\n");
  REQUIRE(read.has_value());
  const auto name = [&read](Service service, const char* person) {
    const Approver* const approver = find_approver(*read, service, person);
    return approver == nullptr ? std::string("nobody") : approver->name;
  };
  CHECK(name(Service::slack, "U1") == "alice");
  CHECK(name(Service::discord, "U1") == "bob");
  CHECK(name(Service::telegram, "7") == "bob");
  CHECK(name(Service::telegram, "U1") == "nobody");
  CHECK(name(Service::sendblue, "+15550100001") == "alice");
  CHECK(name(Service::email, "alice@b.c") == "alice");
  CHECK(name(Service::webhook, "alice") == "alice");
  CHECK(name(Service::webhook, "U1") == "nobody");
  for (const Service service : {Service::ntfy, Service::desktop, Service::command}) CHECK(name(service, "alice") == "nobody");
  for (const Service service : {Service::slack, Service::discord, Service::email}) CHECK(name(service, "") == "nobody");
}

TEST_CASE("the example is whole, and is read as it says") {
  std::ifstream file(std::string(PVM_TEST_DATA) + "/../../share/examples/config-channels.yaml");
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  REQUIRE(text.size() > 1000);
  const pvm::test::TemporaryDirectory box;
  const std::string hook = box.write("hook", "https://hooks.slack.com/services/T/B/x\n");
  const std::string home = "/home/alice/.config/pvm/slack-webhook";
  text.replace(text.find(home), home.size(), hook);
  std::map<std::string, std::string, std::less<>> values;
  for (std::size_t at = 0; (at = text.find("${PVM_", at)) != std::string::npos; ++at) {
    const std::string name = text.substr(at + 2, text.find('}', at) - at - 2);
    values[name] = name.starts_with("PVM_ROBOT_") && name.ends_with("KEY") ? k_signing : "12:" + name;
  }
  const Environment environment(values);
  const auto read = parse_configuration(text, {environment, [](const std::string&) -> Result<std::string> { return std::string("pw\n"); }});
  REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().message));
  std::vector<std::string> kinds;
  for (const Channel& channel : read->channels) kinds.emplace_back(name_of(channel.service));
  CHECK(kinds == std::vector<std::string>{"slack", "slack", "discord", "telegram", "sendblue", "email", "ntfy", "webhook", "desktop", "command"});
  CHECK(read->channels[0].webhook.reveal() == "https://hooks.slack.com/services/T/B/x");
  CHECK(read->channels[3].updates == Updates::poll);
  CHECK(read->channels[4].to.size() == 2);
  CHECK(read->channels[5].password.reveal() == "pw");
  CHECK(read->channels[6].base_url == "https://ntfy.sh");
  CHECK(read->channels[9].command == std::vector<std::string>{"/usr/local/bin/blink", "--red"});
  REQUIRE(read->approvers.size() == 2);
  CHECK(read->approvers[0].principal == "alice@host");
  CHECK(read->serve.is_behind_proxy);
}
