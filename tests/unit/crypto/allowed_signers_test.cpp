// SPDX-License-Identifier: Apache-2.0
#include "libpvm/crypto/allowed_signers.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <string>

#include "sshsig_fixture.hpp"

using namespace pvm::test;
using pvm::base::Code;
using pvm::base::from_unix;
using pvm::crypto::AllowedSigner;
using pvm::crypto::parse_allowed_signers;

namespace {

// A throwaway key, for what is only read.
const std::string k_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "\\x") {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 2, 2)), nullptr, 16));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string fill_in(std::string text, const std::map<std::string, std::string>& values) {
  for (const auto& [name, value] : values) {
    const std::string mark = "{" + name + "}";
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark)) {
      text.replace(at, mark.size(), value);
    }
  }
  return text;
}

std::string pvm_verdict(const Question& asked) {
  const auto signers = parse_allowed_signers(asked.allowed_signers);
  if (!signers) return "refused";
  return pvm_answer(asked).has_value() ? "good" : "never";
}

AllowedSigner read_one(const std::string& text) {
  const auto signers = parse_allowed_signers(text);
  REQUIRE_MESSAGE(signers.has_value(), signers.error().message);
  REQUIRE(signers->size() == 1);
  return signers->front();
}

std::string refusal_of(const std::string& text) {
  const auto signers = parse_allowed_signers(text);
  REQUIRE_FALSE(signers.has_value());
  CHECK(signers.error().code == Code::malformed);
  return signers.error().message;
}

/// Sets TZ for the life of the object.
class ZoneVariable {
 public:
  explicit ZoneVariable(const char* zone) {
    if (const char* before = ::getenv("TZ")) before_ = before;
    ::setenv("TZ", zone, 1);
  }
  ~ZoneVariable() {
    if (before_) {
      ::setenv("TZ", before_->c_str(), 1);
    } else {
      ::unsetenv("TZ");
    }
  }
  ZoneVariable(const ZoneVariable&) = delete;
  ZoneVariable& operator=(const ZoneVariable&) = delete;

 private:
  std::optional<std::string> before_;
};

}  // namespace

TEST_CASE(
    "every file of the table gets its verdict, from PVM and from ssh-keygen, and PVM's is never looser") {
  Signed alice;
  const std::map<std::string, std::string> values = {{"ED", alice.key},
                                                     {"BLOB", alice.key.substr(alice.key.find(' ') + 1)},
                                                     {"OTHER", alice.ssh.make_key("other", "ed25519")},
                                                     {"RSA", alice.ssh.make_key("rsa", "rsa")},
                                                     {"ECDSA", alice.ssh.make_key("ecdsa", "ecdsa")},
                                                     {"SK", SecurityKey().line()}};
  std::ifstream table(PVM_TEST_DATA "/allowed_signers/lines.tsv");
  REQUIRE(table.good());
  int checked = 0;
  for (std::string row; std::getline(table, row);) {
    if (row.starts_with("#") || row.starts_with("pvm\t")) continue;
    const auto first = row.find('\t');
    const auto second = row.find('\t', first + 1);
    REQUIRE(second != std::string::npos);
    CAPTURE(row);
    const std::string text = fill_in(unescape(row.substr(second + 1)), values);
    const Question asked = question(alice.armored, text);
    const std::string pvm = pvm_verdict(asked);
    const std::string ssh = alice.ssh.verifies(asked) ? "good" : "bad";
    CHECK(pvm == row.substr(0, first));
    CHECK(ssh == row.substr(first + 1, second - first - 1));
    CHECK((pvm != "good" || ssh == "good"));
    ++checked;
  }
  CHECK(checked > 120);
}

TEST_CASE("an entry is read with all its parts") {
  const AllowedSigner signer = read_one(
      "# who may approve\n\nalice@*,!alice@old "
      "namespaces=\"pvm-grant-v1,pvm-unlock-v1\",valid-after=\"20260101Z\","
      "valid-before=\"202701021530Z\" " +
      k_key + " Alice, at work \n");
  CHECK(signer.principals == std::vector<std::string>{"alice@*", "!alice@old"});
  CHECK(signer.namespaces == std::vector<std::string>{"pvm-grant-v1", "pvm-unlock-v1"});
  CHECK(signer.valid_after == from_unix(1'767'225'600));
  CHECK(signer.valid_before == from_unix(1'798'903'800));
  CHECK(signer.key_type == "ssh-ed25519");
  CHECK(signer.key_blob.size() == 51);
  CHECK(signer.comment == "Alice, at work");
  CHECK(signer.line == 3);
}

TEST_CASE("an entry without options or comment is read, and has no namespaces") {
  const AllowedSigner signer = read_one("alice " + k_key);
  CHECK(signer.namespaces.empty());
  CHECK_FALSE(signer.valid_after.has_value());
  CHECK_FALSE(signer.valid_before.has_value());
  CHECK(signer.comment.empty());
  CHECK_FALSE(has_namespace(signer, "pvm-grant-v1"));
  CHECK_FALSE(has_namespace(signer, ""));
  CHECK(is_valid_at(signer, from_unix(0)));
}

TEST_CASE("an empty file lists nobody") {
  for (const std::string text : {"", "\n", "\n\n", "# nobody\n", "  \t \n# nobody"}) {
    const auto signers = parse_allowed_signers(text);
    REQUIRE(signers.has_value());
    CHECK(signers->empty());
  }
}

TEST_CASE("a refusal names the line and what is wrong with it") {
  const std::string good = "alice " + k_key + "\n";
  CHECK(refusal_of(good + "# x\nbob cert-authority " + k_key) ==
        "allowed_signers line 3: cert-authority is not supported");
  CHECK(refusal_of(good + "bob colour=\"red\" " + k_key + "\n" + good) ==
        "allowed_signers line 2: unknown key type or option 'colour'");
  CHECK(refusal_of("bob namespaces=\"a\" ssh-foo AAAA") ==
        "allowed_signers line 1: unknown key type 'ssh-foo'");
  CHECK(refusal_of("bob ssh-ed25519 AAAA") == "allowed_signers line 1: the key is damaged");
  CHECK(refusal_of("bob") == "allowed_signers line 1: no key");
  CHECK(refusal_of("bob valid-after=\"20260231Z\" " + k_key) ==
        "allowed_signers line 1: valid-after: not a time: '20260231Z'");
  CHECK(refusal_of(good + "\x1b[2K") == "allowed_signers line 2: a control byte");
}

TEST_CASE("a principal or namespace longer than ssh reads refuses the file") {
  const std::string longest(1022, 'a');
  CHECK(has_principal(read_one("alice," + longest + " " + k_key), longest));
  CHECK(refusal_of("alice," + longest + "a " + k_key).find("too long") != std::string::npos);
  CHECK(refusal_of("alice namespaces=\"" + longest + "a\" " + k_key).find("too long") != std::string::npos);
}

TEST_CASE(
    "ssh-keygen forgets what matched before a name that is too long, and reads one just short of that") {
  Signed alice;
  const std::string longest(1022, 'a');
  check_accepted_by_both(alice.ssh,
                         question(alice.armored, line_for("alice@host," + longest, k_trust, alice.key)));
  const std::string over = line_for("alice@host," + longest + "a", k_trust, alice.key);
  CHECK_FALSE(alice.ssh.verifies(question(alice.armored, over)));
  CHECK_FALSE(parse_allowed_signers(over).has_value());
}

TEST_CASE("a pattern of many stars is matched in little time") {
  std::string pattern;
  for (int i = 0; i < 300; ++i) pattern += "*a";
  const AllowedSigner signer = read_one(pattern + " " + k_key);
  CHECK_FALSE(has_principal(signer, std::string(5000, 'a') + "b"));
  CHECK(has_principal(signer, std::string(5000, 'a')));
}

TEST_CASE("wildcards match any run of bytes and one byte") {
  const auto has = [](const std::string& pattern, std::string_view principal) {
    return has_principal(read_one(pattern + " " + k_key), principal);
  };
  CHECK(has("*", "a"));
  CHECK(has("a*", "a"));
  CHECK(has("*a", "a"));
  CHECK(has("*a*", "bab"));
  CHECK(has("a*b*c", "aXbYbZc"));
  CHECK(has("?*", "a"));
  CHECK(has("*?", "a"));
  CHECK(has("*ab", "aab"));
  CHECK(has("*", "user@host,with/odd bytes"));
  CHECK_FALSE(has("?", "ab"));
  CHECK_FALSE(has("??", "a"));
  CHECK_FALSE(has("a*b", "abc"));
  CHECK_FALSE(has("*", ""));
  CHECK_FALSE(has("*", std::string_view("a\0", 2)));
  CHECK_FALSE(has("\\*", "*"));
}

TEST_CASE("times without Z are the machine's, whatever TZ says") {
  const std::string text = "alice valid-after=\"202606011200\" " + k_key;
  const auto plain = read_one(text).valid_after;
  REQUIRE(plain.has_value());
  for (const char* zone : {"UTC0", "XXX-14", "YYY12", "Asia/Tokyo"}) {
    CAPTURE(zone);
    const ZoneVariable set(zone);
    CHECK(read_one(text).valid_after == plain);
    CHECK(read_one("alice valid-after=\"202606011200Z\" " + k_key).valid_after == from_unix(1'780'315'200));
  }
}

TEST_CASE("a fingerprint is written as ssh-keygen -l writes it") {
  SshKeygen ssh;
  for (const std::string kind : {"ed25519", "ecdsa", "rsa"}) {
    const AllowedSigner signer = read_one("alice " + ssh.make_key(kind, kind));
    CHECK(pvm::crypto::fingerprint(signer.key_blob) == ssh.fingerprint(kind));
  }
}
