// SPDX-License-Identifier: Apache-2.0
#include "libpvm/system/settings.hpp"

#include <doctest/doctest.h>
#include <yaml-cpp/yaml.h>

#include <string>
#include <vector>

using namespace pvm::system;
using pvm::base::Code;
using pvm::base::Seconds;

namespace {

constexpr std::int64_t k_hour = 3600;
constexpr std::int64_t k_day = 24 * k_hour;

// Texts that are accepted; for each, a YAML library must read the same values.
const std::vector<std::string> k_good = {
    "",
    "\n\n   \n",
    "# nothing but a comment",
    "    # an indented comment\n",
    "approve_without_terminal: true",
    "approve_without_terminal: false\nuse_ssh_agent: true\n",
    "use_ssh_agent:    true   # for the hardware key\n",
    "unattended: true\n",
    "unattended: false # somebody is there\n",
    "key: /home/u/.ssh/id_ed25519\n",
    "key: /home/u/my keys/a  b\n",
    "key: /home/jos\xC3\xA9/\xE2\x82\xAC/\xF0\x9F\x94\x91\n",
    "key: /a#b,[c]{d}&e*f!g|h>i'j\"k%l@m`n?o-p<q=r~s$t(u);v^w+x\n",
    "key: /a :b\nvault: /c:d\n",
    "key: /a - b ? c\n",
    "key: /a #b c\n",
    "key: /\n",
    "principal: alice@host\nvault: /var/lib/pvm\n",
    "principal: alice\n",
    "principal: 42@example.org\n",
    "principal: true@example.org\n",
    "real:\n  rm: /opt/bin/rm\n  git: /opt/git with space/git # ours\n",
    "real: # what runs\n\n  # the first\n  rm: /opt/bin/rm\nkey: /k\n",
    "real:\n  ssh-keygen: /a\n  trash-put: /b\n  gio: /c\n",
    "real:\n",
    "real:\nkey: /k\n",
    "forges:\n  - github.com\n  - 0xacab.org # ours\n\n  # more\n  -   git.Example.org\nkey: /k\n",
    "forges:\n",
    "forges: # none\nreal:\n  rm: /a\n",
    "forges:\n  - localhost\n  - a-b_c\n",
    "real:\n  rm: /a\nforges:\n  - a.b\nuse_ssh_agent: true\n",
    "request_life: 30d\nonce_life: 12h\nfor_limit: 720m\nallow_life: 90d\nallow_limit: 12w\n",
    "request_life: 1\nonce_life: 90s\nfor_limit: 43200\nallow_life: 7776000\n",
    // what is for others
    "channels:\n",
    "channels: # none yet\nkey: /k\n",
    "channels:\n  team:\n    type: slack\n    bot_token: ${SLACK}\n    channel: '#ops' # ours\n# back\nkey: /k\n",
    "serve:\n  listen: 127.0.0.1:8765\n  public_url: https://a.example/pvm\n\n\nuse_ssh_agent: true\n",
    "approvers:\n  alice:\n    phone:\n      - +15551230000\n      - \"+1555\"\n    telegram: -100123\n  bob:\n    slack: U1\nvault: /v\n",
    "channels:\n  use_ssh_agent: true\n  key: /not/this\n  real:\n    rm: /evil\nreal:\n  rm: /a\n",
    "channels:\n  - a\n  - b\nforges:\n  - c.d\n",
    "channels:\n  a: 'use_ssh_agent: true'\n  b: \"key: /x # y\" # \"\n  c: d'e\"f\n  g: h, [i] {j} #k\nkey: /k\n",
    "channels:\n  a:\n    - -1\n    - --b\n    - -c #d\n  e: ---\n  f: -#\n",
    "serve:\n  # use_ssh_agent: true\n    # deeper\n  a: b\nchannels:\n  a:\n  b:\napprovers:\n",
};

struct Bad {
  std::string text;
  int line;
};
const std::vector<Bad> k_bad = {
    // unknown, repeated, misspelt
    {"approve_without_a_terminal: true", 1},
    {"Key: /k", 1},
    {"Unattended: true", 1},
    {"unattended: yes-ish", 1},
    {"unattended: yes", 1},
    {"unattended: 'true'", 1},
    {"unattended: true false", 1},
    {"unattended: true\nunattended: false\n", 2},
    {"unattended:\n  true\n", 1},
    {"\n\nkey: /a\nkey: /a\n", 4},
    {"real:\n  rm: /a\nreal:\n", 3},
    {"real:\n  rm: /a\n  rm: /b\n", 3},
    {"real:\n  rmm: /a\n", 2},
    {"real:\n  key: /a\n", 2},
    {"rm: /opt/bin/rm", 1},
    {"<<: /a", 1},
    {"?: /a", 1},
    {": /a", 1},
    {"key : /a", 1},
    {"\"key\": /a", 1},
    // values
    {"key:", 1},
    {"key: ", 1},
    {"key: # none", 1},
    {"key: #none", 1},
    {"use_ssh_agent:", 1},
    {"use_ssh_agent: True", 1},
    {"use_ssh_agent: yes", 1},
    {"use_ssh_agent: on", 1},
    {"use_ssh_agent: 1", 1},
    {"use_ssh_agent: 'true'", 1},
    {"use_ssh_agent: true false", 1},
    {"use_ssh_agent: !!bool true", 1},
    {"use_ssh_agent: &a true", 1},
    {"use_ssh_agent: true#", 1},
    {"key: relative", 1},
    {"key: ~/id", 1},
    {"key: ~", 1},
    {"key: \"/a\"", 1},
    {"key: '/a'", 1},
    {"key: |\n  /a\n", 1},
    {"key: >\n  /a\n", 1},
    {"key: *a", 1},
    {"key: [/a]", 1},
    {"key: /a: b", 1},
    {"key: /a:", 1},
    {"key: /a: # b", 1},
    {"vault: var/lib/pvm", 1},
    {"principal: null", 1},
    {"principal: ~", 1},
    {"principal: yes", 1},
    {"principal: N", 1},
    {"principal: 17", 1},
    {"principal: 1e5", 1},
    {"principal: .inf", 1},
    {"principal: 2026-01-01", 1},
    {"principal: alice bob", 1},
    {"principal: alice,bob", 1},
    {"principal: *@host", 1},
    {"principal: @host", 1},
    {"principal: -a@b", 1},
    {"principal: al\xC3\xADs@host", 1},
    // times
    {"once_life: 0", 1},
    {"once_life: -1h", 1},
    {"once_life: 13h", 1},
    {"once_life: 43201", 1},
    {"once_life: 1y", 1},
    {"once_life: 1 h", 1},
    {"once_life: 1h30m", 1},
    {"once_life: 01h", 1},
    {"once_life: 1.5h", 1},
    {"once_life: 99999999999999999999", 1},
    {"request_life: 31d", 1},
    {"for_limit: 721m", 1},
    {"allow_life: 91d", 1},
    {"allow_limit: 13w", 1},
    // structure
    {"key", 1},
    {"key:/a", 1},
    {"key: /a\n  b\n", 2},
    {"key: /a\n  rm: /b\n", 2},
    {" key: /a", 1},
    {"  key: /a", 1},
    {"real:\n rm: /a\n", 2},
    {"real:\n   rm: /a\n", 2},
    {"real:\n    rm: /a\n", 2},
    {"real:\n  rm:\n    - /a\n", 2},
    {"real:\n- /a\n", 2},
    {"real:\n  rm: relative\n", 2},
    {"real: /a", 1},
    {"real: {rm: /a}", 1},
    {"real:\n  rm: /a\nkey: /k\n  git: /b\n", 4},
    {"forges: github.com", 1},
    {"forges: [github.com]", 1},
    {"forges: []", 1},
    {"forges:\n- github.com\n", 2},
    {"forges:\n - github.com\n", 2},
    {"forges:\n   - github.com\n", 2},
    {"forges:\n  -github.com\n", 2},
    {"forges:\n  -\n", 2},
    {"forges:\n  - \n", 2},
    {"forges:\n  github.com\n", 2},
    {"forges:\n  github.com: x\n", 2},
    {"forges:\n  - github.com: x\n", 2},
    {"forges:\n  - - github.com\n", 2},
    {"forges:\n  - 'github.com'\n", 2},
    {"forges:\n  - github.com gitlab.com\n", 2},
    {"forges:\n  - *.com\n", 2},
    {"forges:\n  - github.com.\n", 2},
    {"forges:\n  - .github.com\n", 2},
    {"forges:\n  - https://github.com\n", 2},
    {"forges:\n  - github.com:443\n", 2},
    {"forges:\n  - [::1]\n", 2},
    {"forges:\n  - true\n", 2},
    {"forges:\n  - 12\n", 2},
    {"forges:\n  - 1.5\n", 2},
    {"forges:\n  - 1e5\n", 2},
    {"forges:\n  - 0x1f\n", 2},
    {"forges:\n  - null\n", 2},
    {"forges:\n  - ~\n", 2},
    {"forges:\n  - b\xC3\xBC.org\n", 2},
    {"forges:\n  - a.b\n  - a.b\n", 3},
    {"forges:\n  - a.b\nforges:\n", 3},
    {"forges:\n  - a.b\n  rm: /a\n", 3},
    {"forges:\n  - a.b\nkey: /k\n  - c.d\n", 4},
    {"real:\n  - a.b\n", 2},
    {"- a.b\n", 1},
    {"- key: /a", 1},
    {"{key: /a}", 1},
    {"---\nkey: /a\n", 1},
    {"key: /a\n...\n", 2},
    {"%YAML 1.2\n---\n", 1},
    {"key: /a\n---\nkey: /b\n", 2},
    // what is for others: where it ends must be plain
    {"channels: x", 1},
    {"channels: {}", 1},
    {"channels: |\n  x\n", 1},
    {"channels:\nchannels:\n", 2},
    {"channels:\n  a: b\nserve:\n  c: d\nchannels:\n", 5},
    {"Channels:\n", 1},
    {"'channels':\n", 1},
    {"channels :\n", 1},
    {"channels:\n- a\n", 2},
    {"channels:\n a: b\n", 2},
    {"channels:\n   a: b\n", 2},
    {"channels:\n    a: b\n", 2},
    {"channels:\n  a: b\n    c: d\n", 3},
    {"channels:\n  a:\n      b: c\n", 3},
    {"channels:\n  - a\n    b: c\n", 3},
    {"channels:\n  a:\n    b:\n      c:\n        d: e\n", 5},
    {"channels:\n  a: \"x\nuse_ssh_agent: true\n  y\"\n", 2},
    {"channels:\n  a: 'x\nuse_ssh_agent: true\n  y'\n", 2},
    {"channels:\n  a: \"\n  b: \"\n", 2},
    {"channels:\n  a: \"x\" y\n", 2},
    {"channels:\n  a: \"x\"#y\n", 2},
    {"channels:\n  a: 'it''s'\n", 2},
    {"channels:\n  'a': b\n", 2},
    {"channels:\n  ? a\n", 2},
    {"channels:\n  a: {\nuse_ssh_agent: true\n  }\n", 2},
    {"channels:\n  a: [\nuse_ssh_agent: true\n  ]\n", 2},
    {"channels:\n  a: {b: c}\n", 2},
    {"channels:\n  {\n", 2},
    {"channels:\n  a: |\n    use_ssh_agent: true\n", 2},
    {"channels:\n  a: >-\n    x\n", 2},
    {"channels:\n  a: &x b\n", 2},
    {"channels:\n  a: *x\n", 2},
    {"channels:\n  &x a: b\n", 2},
    {"channels:\n  <<: *x\n", 2},
    {"channels:\n  a: !!str b\n", 2},
    {"channels:\n  !!map\n", 2},
    {"channels:\n  a: b: c\n", 2},
    {"channels:\n  a: b:\n", 2},
    {"channels:\n  a: - b\n", 2},
    {"channels:\n  a: @b\n", 2},
    {"channels:\n  a: #b\n    c: d\n  e\n", 4},
    {"channels:\n  a: b\n  c\n", 3},
    {"channels:\n  a:\n    - b\n    c: d\n", 4},
    {"channels:\n  a:\n    b: c\n    - d\n", 4},
    {"channels:\n  a:\n  - b\n", 3},
    {"channels:\n  - a: b\n", 2},
    {"channels:\n  - - a\n", 2},
    {"channels:\n  -\n", 2},
    {"channels:\n  - \n", 2},
    {"channels:\n  a:b\n", 2},
    {"channels:\n  a: b\\n\n", 2},
    {"channels:\n  a: b\xC2\x85use_ssh_agent: true\n", 2},
    {"channels:\n  a: b\ruse_ssh_agent: true\n", 2},
    {"channels:\n\ta: b\n", 2},
    {"channels:\n  a: b\n---\nuse_ssh_agent: true\n", 3},
    {"channels:\n  a: b\n...\n", 3},
    {"channels:\nkey: /k\n  a: b\n", 3},
    {"channels:\n" + std::string("  a: ") + std::string(1000, 'b') + "\n", 2},
    // bytes
    {"key:\t/a", 1},
    {"\tkey: /a", 1},
    {"key: /a\t# b", 1},
    {"key: /a\r\nuse_ssh_agent: true\r\n", 1},
    {"use_ssh_agent: false\ruse_ssh_agent: true", 1},
    {"\xEF\xBB\xBFkey: /a", 1},
    {"# \xFF\n", 1},
    {"key: /\xC3\n", 1},
    {"key: /a\\b", 1},
    {std::string("key: /a\0b\n", 10), 1},
    {std::string("\0", 1), 1},
    {"key: /a\xC2\x85use_ssh_agent: true", 1},   // NEL
    {"# \xE2\x80\xA8use_ssh_agent: true\n", 1},  // line separator: a new line in YAML 1.1
    {"key: /a\xE2\x80\xAE/b", 1},                // right-to-left override
    {"key: /a\x1B[2K", 1},
    {"k\xE2\x80\x8B"
     "ey: /a",
     1},
};

// What a YAML library makes of `text`, for a file that parse_settings accepts.
Settings read_with_yaml_cpp(const std::string& text) {
  Settings settings;
  const YAML::Node root = YAML::Load(text);
  if (root.IsNull()) return settings;
  REQUIRE(root.IsMap());
  const auto life = [](const YAML::Node& node) { return pvm::base::parse_duration(node.Scalar()).value(); };
  for (const auto& entry : root) {
    const std::string key = entry.first.Scalar();
    const YAML::Node& value = entry.second;
    if (key == "approve_without_terminal")
      settings.approve_without_terminal = value.as<bool>();
    else if (key == "use_ssh_agent")
      settings.use_ssh_agent = value.as<bool>();
    else if (key == "unattended")
      settings.unattended = value.as<bool>();
    else if (key == "key")
      settings.key = value.as<std::string>();
    else if (key == "principal")
      settings.principal = value.as<std::string>();
    else if (key == "vault")
      settings.vault = value.as<std::string>();
    else if (key == "request_life")
      settings.request_life = life(value);
    else if (key == "once_life")
      settings.once_life = life(value);
    else if (key == "for_limit")
      settings.for_limit = life(value);
    else if (key == "allow_life")
      settings.allow_life = life(value);
    else if (key == "allow_limit")
      settings.allow_limit = life(value);
    else if (key == "forges") {
      settings.forges.clear();
      for (const auto& host : value) settings.forges.push_back(host.as<std::string>());
    } else if (key == "real") {
      for (const auto& command : value)
        settings.real[command.first.Scalar()] = command.second.as<std::string>();
    } else if (key == "channels" || key == "approvers" || key == "serve") {
      CHECK_FALSE(value.IsScalar());
    } else {
      FAIL("yaml-cpp reads another key: " << key);
    }
  }
  return settings;
}

void check_equal(const Settings& a, const Settings& b) {
  CHECK(a.approve_without_terminal == b.approve_without_terminal);
  CHECK(a.use_ssh_agent == b.use_ssh_agent);
  CHECK(a.unattended == b.unattended);
  CHECK(a.key == b.key);
  CHECK(a.principal == b.principal);
  CHECK(a.vault == b.vault);
  CHECK(a.real == b.real);
  CHECK(a.forges == b.forges);
  CHECK(a.request_life == b.request_life);
  CHECK(a.once_life == b.once_life);
  CHECK(a.for_limit == b.for_limit);
  CHECK(a.allow_life == b.allow_life);
  CHECK(a.allow_limit == b.allow_limit);
}

}  // namespace

TEST_CASE("an empty configuration is the careful one") {
  const auto settings = parse_settings("");
  REQUIRE(settings.has_value());
  CHECK_FALSE(settings->approve_without_terminal);
  CHECK_FALSE(settings->use_ssh_agent);
  CHECK_FALSE(settings->unattended);
  CHECK_FALSE(settings->key.has_value());
  CHECK_FALSE(settings->vault.has_value());
  CHECK(settings->real.empty());
  CHECK(settings->forges == std::vector<std::string>{"github.com", "gitlab.com", "codeberg.org", "bitbucket.org"});
  CHECK(settings->once_life == Seconds(4 * k_hour));
}

TEST_CASE("every key sets its own value") {
  const auto settings = parse_settings(
      "approve_without_terminal: true\nuse_ssh_agent: true\nunattended: true\nkey: /k # mine\nprincipal: alice@host\n"
      "vault: /v\nreal:\n  rm: /opt/bin/rm\n  git: /opt/bin/git\nrequest_life: 2d\nonce_life: 3h\n"
      "for_limit: 30m\nallow_life: 1w\nallow_limit: 60d\nforges:\n  - git.example\n  - b.example\n");
  REQUIRE(settings.has_value());
  CHECK(settings->approve_without_terminal);
  CHECK(settings->use_ssh_agent);
  CHECK(settings->unattended);
  CHECK(settings->key == "/k");
  CHECK(settings->principal == "alice@host");
  CHECK(settings->vault == "/v");
  CHECK(settings->real == std::map<std::string, std::string>{{"git", "/opt/bin/git"}, {"rm", "/opt/bin/rm"}});
  CHECK(settings->forges == std::vector<std::string>{"git.example", "b.example"});
  CHECK(settings->request_life == Seconds(2 * k_day));
  CHECK(settings->once_life == Seconds(3 * k_hour));
  CHECK(settings->for_limit == Seconds(1800));
  CHECK(settings->allow_life == Seconds(7 * k_day));
  CHECK(settings->allow_limit == Seconds(60 * k_day));
}

TEST_CASE("whatever is accepted means the same to a YAML library") {
  for (const std::string& text : k_good) {
    CAPTURE(text);
    const auto settings = parse_settings(text);
    if (!settings) INFO(settings.error().message);
    REQUIRE(settings.has_value());
    check_equal(*settings, read_with_yaml_cpp(text));
  }
}

TEST_CASE("whatever is not plainly right is refused, with its line") {
  for (const Bad& bad : k_bad) {
    CAPTURE(bad.text);
    const auto settings = parse_settings(bad.text);
    REQUIRE_FALSE(settings.has_value());
    INFO(settings.error().message);
    CHECK(settings.error().code == Code::malformed);
    CHECK(settings.error().message.starts_with("config.yaml line " + std::to_string(bad.line) + ": "));
  }
}

TEST_CASE("an error can be shown to people whatever is in the file") {
  for (const Bad& bad : k_bad) {
    const auto settings = parse_settings(bad.text);
    REQUIRE_FALSE(settings.has_value());
    for (const char c : settings.error().message) CHECK(static_cast<unsigned char>(c) >= 0x20);
    CHECK(settings.error().message.size() < 300);
  }
  const auto longest = parse_settings(std::string(60000, 'k') + ": x");
  REQUIRE_FALSE(longest.has_value());
  CHECK(longest.error().message.size() < 300);
}

// One byte of an accepted file put in another's place: where it is still accepted, it still means the same to
// both. Gives how many are accepted.
static int check_each_changed_byte(const std::string& original) {
  int accepted = 0;
  for (std::size_t at = 0; at < original.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = original;
      text[at] = static_cast<char>(byte);
      const auto settings = parse_settings(text);
      if (!settings) continue;
      ++accepted;
      CAPTURE(text);
      check_equal(*settings, read_with_yaml_cpp(text));
    }
  }
  return accepted;
}

TEST_CASE("no single changed byte is understood differently by a YAML library") {
  CHECK(check_each_changed_byte("key: /a b # c\nprincipal: al@h\nreal:\n  rm: /o\n  git: /p\nforges:\n  - a.bc\n  - d\n"
                                "use_ssh_agent: true\nonce_life: 3h\n") > 500);
}

TEST_CASE("nor one in what is for others") {
  CHECK(check_each_changed_byte("channels:\n  t:\n    k: 'v' # c\n    l:\n      - x\n      - \"y\"\n  u: ${W}\n"
                                "use_ssh_agent: true\nserve:\n  l: a:1\nkey: /k\n") > 500);
}

TEST_CASE("what is for others hides no setting and sets none, whatever its lines") {
  const std::vector<std::string> lines = {
      "channels:", "  a:", "  b: c", "    d:", "    e: f", "      - g", "    - h", "  - i", "  j: \"", "  k: '", "  \"", "  '",
      "  l: {", "  }", "  m: |", "    n", "  o: \"p\"", "  q: 'use_ssh_agent: true'", "  use_ssh_agent: true", "# r", "  # s",
      "use_ssh_agent: true", "unattended: true", "serve:", "real:", "  rm: /t", "", "  u: v #w", "  x: y: z", "  - &a b"};
  std::size_t state = 1;
  const auto draw = [&state](std::size_t below) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (state >> 33U) % below;
  };
  int accepted = 0;
  for (int round = 0; round < 60000; ++round) {
    std::string text = "channels:\n";
    for (std::size_t count = 1 + draw(6); count > 0; --count) text += lines[draw(lines.size())] + "\n";
    const auto settings = parse_settings(text);
    if (!settings) continue;
    ++accepted;
    CAPTURE(text);
    YAML::Node root;
    REQUIRE_NOTHROW(root = YAML::Load(text));
    check_equal(*settings, read_with_yaml_cpp(text));
  }
  CHECK(accepted > 1000);
}
