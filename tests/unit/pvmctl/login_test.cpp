// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/login.hpp"

#include <doctest/doctest.h>

#include "../crypto/ssh_support.hpp"
#include "libpvm/crypto/sha256.hpp"

using namespace pvm;
using namespace pvm::pvmctl::approval;

namespace {

const base::UnixTime k_now = base::from_unix(1'800'000'000);
constexpr const char* k_door = "http://127.0.0.1:8765";

Login a_login() {
  return {*base::VaultId::from_hex("00112233445566778899aabbccddeeff"), k_door, crypto::sha256("token"), k_now, k_now + k_login_life, "alice@host", "cli"};
}

struct Signed {
  test::SshKeygen keygen;
  gate::Signers signers;

  Signed() {
    const std::string line = "alice@host namespaces=\"pvm-login-v1,pvm-grant-v1\" " + keygen.make_key("key", "ed25519") + "\n" +
                             "bob@host namespaces=\"pvm-grant-v1\" " + keygen.make_key("grants-only", "ed25519") + "\n";
    auto read = crypto::parse_allowed_signers(line);
    REQUIRE(read);
    signers = std::move(*read);
    REQUIRE(keygen.make_key("stranger", "ed25519").starts_with("ssh-"));
  }
  base::Result<Login> verify(const std::string& statement, const std::string& signature, base::UnixTime now = k_now) {
    return verify_login(statement, signature, signers, a_login().vault, k_door, now);
  }
  std::string sign(const std::string& statement, const char* key = "key", std::string_view name_space = k_login_namespace) {
    return keygen.sign(key, statement, name_space);
  }
};

std::string text_of(const Login& login) {
  const auto text = encode(login);
  REQUIRE_MESSAGE(text.has_value(), text.error().message);
  return *text;
}

}  // namespace

TEST_CASE("a login is written in one way, and read in that alone") {
  const std::string text = text_of(a_login());
  CHECK(text == "pvm-login/1\nvault 00112233445566778899aabbccddeeff\ndoor http://127.0.0.1:8765\ntoken " +
                    base::to_hex(crypto::sha256("token")) +
                    "\ntime 1800000000\nuntil 1800000060\napprover alice@host\nvia cli\n");
  const auto read = decode_login(text);
  REQUIRE(read);
  CHECK(*read == a_login());
  CHECK_FALSE(decode_login(text + "x 1\n"));
  CHECK_FALSE(decode_login(text.substr(0, text.size() - 1)));
  CHECK_FALSE(decode_login(""));
  CHECK_FALSE(decode_login("pvm-login/1\n" + std::string(4096, 'a')));
  CHECK(decode_login("pvm-login/2\n").error().code == base::Code::newer);
}

TEST_CASE("a login that would be good for longer, or for never, is not written") {
  Login login = a_login();
  login.until = login.time + k_login_life + base::Seconds(1);
  CHECK_FALSE(encode(login));
  login.until = login.time;
  CHECK_FALSE(encode(login));
  login = a_login();
  login.via = "cli/unattended";
  CHECK(encode(login));
  login.via = "page";
  CHECK_FALSE(encode(login));
  login = a_login();
  login.approver = "";
  CHECK_FALSE(encode(login));
  login.approver = "a\nvia cli";
  CHECK_FALSE(encode(login));
}

TEST_CASE("a login that is signed by who it names opens") {
  Signed scene;
  const std::string text = text_of(a_login());
  const auto login = scene.verify(text, scene.sign(text));
  REQUIRE_MESSAGE(login.has_value(), login.error().message);
  CHECK(login->approver == "alice@host");
}

TEST_CASE("a login is refused that is altered, late, early, for another vault or page, or signed by or for something else") {
  Signed scene;
  const std::string text = text_of(a_login());
  const std::string signature = scene.sign(text);
  SUBCASE("altered") {
    Login other = a_login();
    other.token = crypto::sha256("another");
    CHECK_FALSE(scene.verify(text_of(other), signature));
  }
  SUBCASE("late") {
    CHECK(scene.verify(text, signature, k_now + k_login_life));
    CHECK_FALSE(scene.verify(text, signature, k_now + k_login_life + base::Seconds(1)));
  }
  SUBCASE("early") {
    CHECK(scene.verify(text, signature, k_now - k_login_skew));
    CHECK_FALSE(scene.verify(text, signature, k_now - k_login_skew - base::Seconds(1)));
  }
  SUBCASE("another vault") {
    CHECK_FALSE(verify_login(text, signature, scene.signers, *base::VaultId::from_hex("ff112233445566778899aabbccddeeff"), k_door, k_now));
  }
  SUBCASE("another page: one that poses as ours cannot have it honoured here") {
    CHECK_FALSE(verify_login(text, signature, scene.signers, a_login().vault, "http://127.0.0.1:9999", k_now));
  }
  SUBCASE("another namespace") { CHECK_FALSE(scene.verify(text, scene.sign(text, "key", "pvm-grant-v1"))); }
  SUBCASE("a stranger's key") { CHECK_FALSE(scene.verify(text, scene.sign(text, "stranger"))); }
  SUBCASE("in another's name") {
    Login other = a_login();
    other.approver = "bob@host";
    const std::string claimed = text_of(other);
    CHECK_FALSE(scene.verify(claimed, scene.sign(claimed)));
  }
  SUBCASE("by a key that is trusted for grants alone") {
    Login other = a_login();
    other.approver = "bob@host";
    const std::string claimed = text_of(other);
    CHECK_FALSE(scene.verify(claimed, scene.sign(claimed, "grants-only")));
  }
  SUBCASE("no signature") {
    CHECK_FALSE(scene.verify(text, ""));
    CHECK_FALSE(scene.verify("", signature));
  }
}
