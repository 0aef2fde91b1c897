// SPDX-License-Identifier: Apache-2.0
// Signatures by security keys (sk-ssh-ed25519@openssh.com).
#include <doctest/doctest.h>

#include <string>

#include "sshsig_fixture.hpp"

using namespace pvm::test;
using pvm::base::Code;
using pvm::crypto::parse_allowed_signers;
using pvm::crypto::parse_sshsig;
using pvm::crypto::verify_sshsig;

TEST_CASE("a touched security key is accepted, whatever else its flags say") {
  SshKeygen ssh;
  for (const std::string application : {"ssh:", "ssh:pvm", ""}) {
    const SecurityKey key(application);
    const std::string trusted = line_for("alice@host", k_trust, key.line());
    for (const int flags : {0x01, 0x05}) {
      const Touch touch{static_cast<std::uint8_t>(flags), 0x01020304};
      const std::string armored = armor(key.sign(k_message, k_namespace, touch, touch));
      check_accepted_by_both(ssh, question(armored, trusted));
      const auto parsed = parse_sshsig(armored);
      REQUIRE(parsed.has_value());
      CHECK(parsed->sk_flags == flags);
      CHECK(parsed->sk_counter == 0x01020304);
    }
  }
}

TEST_CASE("an untouched security key is refused, though ssh-keygen takes it") {
  SshKeygen ssh;
  const SecurityKey key;
  const std::string trusted = line_for("alice@host", k_trust, key.line());
  for (const int flags : {0x00, 0x04, 0xFE}) {
    const Touch touch{static_cast<std::uint8_t>(flags), 7};
    const std::string armored = armor(key.sign(k_message, k_namespace, touch, touch));
    check_refused(question(armored, trusted), Code::untrusted, "not touched");
    CHECK(ssh.verifies(question(armored, trusted)));
  }
}

TEST_CASE("a security key's flags and counter are signed with the rest") {
  SshKeygen ssh;
  const SecurityKey key;
  const std::string trusted = line_for("alice@host", k_trust, key.line());
  const Touch touched{1, 7};
  for (const Touch& told : {Touch{1, 8}, Touch{5, 7}, Touch{0x81, 7}}) {
    const std::string armored = armor(key.sign(k_message, k_namespace, touched, told));
    check_refused(question(armored, trusted), Code::untrusted, "not over this text");
    CHECK_FALSE(ssh.verifies(question(armored, trusted)));
  }
  const std::string claimed = armor(key.sign(k_message, k_namespace, Touch{0, 7}, touched));
  check_refused(question(claimed, trusted), Code::untrusted, "not over this text");
}

TEST_CASE("a security key's signature with any bit turned is refused") {
  const SecurityKey key;
  const auto signers = parse_allowed_signers(line_for("alice@host", k_trust, key.line()));
  REQUIRE(signers.has_value());
  std::string blob = key.sign(k_message, k_namespace, Touch{}, Touch{});
  for (std::size_t bit = 0; bit < blob.size() * 8; ++bit) {
    const char original = blob[bit / 8];
    blob[bit / 8] = static_cast<char>(original ^ (1 << (bit % 8)));
    CAPTURE(bit);
    CHECK_FALSE(
        verify_sshsig(armor(blob), k_message, k_namespace, "alice@host", k_now, *signers).has_value());
    blob[bit / 8] = original;
  }
  CHECK(verify_sshsig(armor(blob), k_message, k_namespace, "alice@host", k_now, *signers).has_value());
}

TEST_CASE("a security key's application is part of the key") {
  SshKeygen ssh;
  const SecurityKey key("ssh:a");
  std::string blob = key.sign(k_message, k_namespace, Touch{}, Touch{});
  blob.replace(blob.find("ssh:a"), 5, "ssh:b");
  std::string other_key = key.blob();
  other_key.replace(other_key.find("ssh:a"), 5, "ssh:b");
  const auto bytes = pvm::base::as_bytes(other_key);
  const std::string other_line =
      "sk-ssh-ed25519@openssh.com " + pvm::base::to_base64(bytes.data(), bytes.size());

  check_refused(question(armor(blob), line_for("alice@host", k_trust, key.line())), Code::untrusted,
                "not in allowed_signers");
  const std::string other_trusted = line_for("alice@host", k_trust, other_line);
  check_refused(question(armor(blob), other_trusted), Code::untrusted, "not over this text");
  CHECK_FALSE(ssh.verifies(question(armor(blob), other_trusted)));
}
