// SPDX-License-Identifier: Apache-2.0
#include "libpvm/crypto/sshsig.hpp"

#include <doctest/doctest.h>

#include <string>

#include "libpvm/crypto/ssh_wire.hpp"
#include "sshsig_fixture.hpp"

using namespace pvm::test;
using pvm::base::Code;
using pvm::crypto::append_string;
using pvm::crypto::append_uint32;
using pvm::crypto::parse_allowed_signers;
using pvm::crypto::parse_sshsig;
using pvm::crypto::verify_sshsig;

namespace {

/// The fields of a blob, to write one with any of them off.
struct Blob {
  std::string magic = "SSHSIG";
  std::uint32_t version = 1;
  std::string public_key;
  std::string name_space{k_namespace};
  std::string reserved;
  std::string hash = "sha512";
  std::string inner;

  [[nodiscard]] std::string bytes() const {
    std::string out = magic;
    append_uint32(out, version);
    for (const std::string* part : {&public_key, &name_space, &reserved, &hash, &inner}) {
      append_string(out, *part);
    }
    return out;
  }
};

/// The real signature taken apart, so that what is put together again differs in one field alone.
Blob take_apart(const std::string& armored) {
  const auto parsed = parse_sshsig(armored);
  REQUIRE(parsed.has_value());
  Blob blob;
  blob.public_key = pvm::base::as_text(parsed->public_key);
  append_string(blob.inner, parsed->key_type);
  append_string(blob.inner, pvm::base::as_text(parsed->ed25519));
  REQUIRE(blob.bytes() == unarmor(armored));
  return blob;
}

}  // namespace

TEST_CASE("what ssh-keygen signs is accepted") {
  Signed alice;
  check_accepted_by_both(alice.ssh, question(alice.armored, alice.trusted));

  const auto parsed = parse_sshsig(alice.armored);
  REQUIRE(parsed.has_value());
  CHECK(parsed->key_type == "ssh-ed25519");
  CHECK(parsed->name_space == k_namespace);
  CHECK(parsed->ed25519.size() == 64);
  CHECK(armor(unarmor(alice.armored)) == alice.armored);
}

TEST_CASE("an empty, a long and a binary message can be signed") {
  SshKeygen ssh;
  const std::string trusted = line_for("alice@host", k_trust, ssh.make_key("alice", "ed25519"));
  std::string binary;
  for (int i = 0; i < 256; ++i) binary += static_cast<char>(i);
  for (const std::string& message : {std::string(), std::string(100'000, 'x'), binary}) {
    const std::string armored = ssh.sign("alice", message, k_namespace);
    Question asked = question(armored, trusted);
    asked.message = message;
    check_accepted_by_both(ssh, asked);
  }
}

TEST_CASE("a signature that is cut short anywhere is refused") {
  Signed alice;
  const std::string blob = unarmor(alice.armored);
  for (std::size_t size = 0; size < blob.size(); ++size) {
    CAPTURE(size);
    const std::string armored = armor(blob.substr(0, size));
    check_refused(question(armored, alice.trusted), Code::malformed, "damaged");
  }
  for (std::size_t size = 0; size < alice.armored.size(); ++size) {
    CAPTURE(size);
    check_refused(question(alice.armored.substr(0, size), alice.trusted), Code::malformed, "damaged");
  }
}

TEST_CASE("a signature with any bit turned is refused") {
  Signed alice;
  const auto signers = parse_allowed_signers(alice.trusted);
  REQUIRE(signers.has_value());
  std::string blob = unarmor(alice.armored);
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

TEST_CASE("an armour with any byte changed is refused") {
  Signed alice;
  const auto signers = parse_allowed_signers(alice.trusted);
  REQUIRE(signers.has_value());
  std::string armored = alice.armored;
  for (std::size_t at = 0; at < armored.size(); ++at) {
    const char original = armored[at];
    for (const char other : {'\0', '\n', '\r', ' ', '=', 'A', '-', '\x80', '\xFF'}) {
      if (other == original) continue;
      armored[at] = other;
      CAPTURE(at);
      CAPTURE(static_cast<int>(other));
      CHECK_FALSE(verify_sshsig(armored, k_message, k_namespace, "alice@host", k_now, *signers).has_value());
    }
    armored[at] = original;
  }
}

TEST_CASE("a message with any byte changed, added or lost is refused") {
  Signed alice;
  std::string message(k_message);
  Question asked = question(alice.armored, alice.trusted);
  for (std::size_t at = 0; at < message.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = message;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      asked.message = changed;
      check_refused(asked, Code::untrusted, "not over this text");
    }
  }
  for (const std::string& changed : {message + "\n", message + '\0', message.substr(1),
                                     message.substr(0, message.size() - 1), std::string()}) {
    asked.message = changed;
    check_refused(asked, Code::untrusted, "not over this text");
  }
}

TEST_CASE("a signature longer than any real one is refused before it is looked at") {
  const std::string armored = armor(std::string(pvm::crypto::k_signature_max_bytes, 'x'));
  const auto parsed = parse_sshsig(armored);
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().code == Code::limit);
}

TEST_CASE("every pinned field of the blob is judged") {
  Signed alice;
  const Blob good = take_apart(alice.armored);
  const auto refused = [&alice](const Blob& blob, std::string_view because, std::string_view after = {}) {
    check_refused(question(armor(blob.bytes() + std::string(after)), alice.trusted), Code::malformed,
                  because);
  };
  Blob blob = good;
  blob.magic = "SSHSIH";
  refused(blob, "format");
  for (const std::uint32_t version : {0U, 2U, 0x01000000U, 0xFFFFFFFFU}) {
    blob = good;
    blob.version = version;
    refused(blob, "version");
  }
  blob = good;
  blob.name_space.clear();
  refused(blob, "namespace is empty");
  blob = good;
  blob.name_space += '\0';
  refused(blob, "format");
  blob = good;
  blob.reserved = "x";
  refused(blob, "reserved");
  for (const std::string_view hash : {"sha256", "SHA512", "sha512 ", ""}) {
    blob = good;
    blob.hash = hash;
    refused(blob, "sha512");
  }
  blob = good;
  blob.public_key += '\0';
  refused(blob, "public key");
  blob = good;
  blob.inner += '\0';
  refused(blob, "innermost");
  refused(good, "format", std::string(1, '\0'));
  refused(good, "format", "trailing");
}

TEST_CASE("an Ed25519 signature of another length or type is refused") {
  Signed alice;
  const Blob good = take_apart(alice.armored);
  const auto parsed = parse_sshsig(alice.armored);
  REQUIRE(parsed.has_value());
  const std::string ed25519(pvm::base::as_text(parsed->ed25519));
  for (const std::string& wrong : {std::string(), ed25519.substr(1), ed25519.substr(0, 63), ed25519 + '\0'}) {
    Blob blob = good;
    blob.inner.clear();
    append_string(blob.inner, "ssh-ed25519");
    append_string(blob.inner, wrong);
    check_refused(question(armor(blob.bytes()), alice.trusted), Code::malformed, "64 bytes");
  }
  Blob blob = good;
  blob.inner.clear();
  append_string(blob.inner, "sk-ssh-ed25519@openssh.com");
  append_string(blob.inner, ed25519);
  blob.inner += '\x01';
  append_uint32(blob.inner, 1);
  check_refused(question(armor(blob.bytes()), alice.trusted), Code::malformed, "type of its key");
}

TEST_CASE("a signature made with sha256 is refused, though ssh-keygen takes it") {
  Signed alice;
  const std::string armored = alice.ssh.sign("alice", k_message, k_namespace, "sha256");
  CHECK(alice.ssh.verifies(question(armored, alice.trusted)));
  check_refused(question(armored, alice.trusted), Code::malformed, "sha512");
}

TEST_CASE("signatures by rsa and ecdsa keys are refused, though ssh-keygen takes them") {
  SshKeygen ssh;
  for (const std::string kind : {"rsa", "ecdsa"}) {
    CAPTURE(kind);
    const std::string trusted = line_for("alice@host", k_trust, ssh.make_key(kind, kind));
    const std::string armored = ssh.sign(kind, k_message, k_namespace);
    CHECK(ssh.verifies(question(armored, trusted)));
    check_refused(question(armored, trusted), Code::malformed, "not supported");
  }
}

TEST_CASE("a signature put under another key's name is refused") {
  Signed alice;
  static_cast<void>(alice.ssh.make_key("mallory", "ed25519"));
  Blob forged = take_apart(alice.ssh.sign("mallory", k_message, k_namespace));
  forged.public_key = take_apart(alice.armored).public_key;
  const std::string armored = armor(forged.bytes());
  check_refused(question(armored, alice.trusted), Code::untrusted, "not over this text");
  CHECK_FALSE(alice.ssh.verifies(question(armored, alice.trusted)));
}
