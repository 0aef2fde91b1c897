// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/serve/service_key.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>

#include "../crypto/ssh_support.hpp"
#include "../system/temporary_directory.hpp"
#include "libpvm/crypto/allowed_signers.hpp"
#include "libpvm/crypto/sshsig.hpp"

using namespace pvm;
using namespace pvm::test;
using pvmctl::serve::ServiceKey;

namespace {

constexpr const char* k_limited = "pvm-grant-limited-v1";
const base::UnixTime k_now = base::from_unix(1'790'000'000);

std::string written(const TemporaryDirectory& directory, const std::string& text, mode_t mode = 0600) {
  const std::string path = directory.at("serve.key");
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  REQUIRE(::chmod(path.c_str(), mode) == 0);
  return path;
}

std::string line_of(const ServiceKey& key) { return std::string("serve@host namespaces=\"") + k_limited + "\" " + key.public_key().line + "\n"; }

// With the one occurrence of `from` replaced.
std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("what a service's key signs is what ssh-keygen and PVM verify, byte by byte") {
  const auto key = ServiceKey::generate();
  SshKeygen ssh;
  const auto signers = crypto::parse_allowed_signers(line_of(key));
  REQUIRE(signers);
  for (const std::string& message : {std::string(), std::string("x"), std::string(8192, 'a'), std::string("\0\xff\n", 3)}) {
    const std::string armoured = key.sign(k_limited, message);
    CHECK(crypto::verify_sshsig(armoured, message, k_limited, "serve@host", k_now, *signers));
    CHECK(ssh.verifies({armoured, message, k_limited, "serve@host", line_of(key), k_now}));
    CHECK_FALSE(crypto::verify_sshsig(armoured, message + "y", k_limited, "serve@host", k_now, *signers));
    CHECK_FALSE(crypto::verify_sshsig(key.sign("pvm-grant-v1", message), message, "pvm-grant-v1", "serve@host", k_now, *signers));
  }
}

TEST_CASE("a key file opens with its passphrase and with no other") {
  const TemporaryDirectory directory;
  const auto key = ServiceKey::generate();
  const std::string path = written(directory, key.file_text("correct horse"));
  CHECK(*ServiceKey::is_encrypted(path));
  const auto opened = ServiceKey::open(path, "correct horse");
  REQUIRE(opened);
  CHECK(opened->public_key().line == key.public_key().line);
  CHECK_FALSE(opened->is_unattended());
  CHECK(opened->sign("n", "m") == key.sign("n", "m"));  // Ed25519 is deterministic
  for (const char* wrong : {"", "correct horse ", "Correct horse"}) {
    CAPTURE(wrong);
    CHECK(ServiceKey::open(path, wrong).error().code == base::Code::refused);
  }
}

TEST_CASE("an unattended key is in clear, and says so") {
  const TemporaryDirectory directory;
  const auto key = ServiceKey::generate();
  const std::string path = written(directory, key.file_text(""));
  CHECK_FALSE(*ServiceKey::is_encrypted(path));
  REQUIRE(ServiceKey::open(path, ""));
  CHECK(ServiceKey::open(path, "")->is_unattended());
}

TEST_CASE("a key file that others could read or change is not used") {
  const TemporaryDirectory directory;
  const std::string text = ServiceKey::generate().file_text("");
  for (const mode_t mode : {0640U, 0604U, 0660U, 0644U, 0666U}) {
    CAPTURE(mode);
    CHECK(ServiceKey::open(written(directory, text, mode), "").error().code == base::Code::unsafe);
  }
  const std::string path = written(directory, text);
  REQUIRE(::symlink(path.c_str(), directory.at("link").c_str()) == 0);
  CHECK_FALSE(ServiceKey::open(directory.at("link"), ""));
  CHECK(ServiceKey::open(directory.at("nothing"), "").error().code == base::Code::missing);
}

TEST_CASE("a damaged key file is an error, and costs no more than a key file may") {
  const TemporaryDirectory directory;
  const std::string clear = ServiceKey::generate().file_text("");
  const std::string sealed = ServiceKey::generate().file_text("p");
  const std::string kdf = sealed.substr(sealed.find("kdf "), sealed.find("\nbox") - sealed.find("kdf "));
  const std::string salt = kdf.substr(kdf.rfind(' '));
  const auto is_damaged = [&directory](const std::string& text) {
    CAPTURE(text);
    const auto opened = ServiceKey::open(written(directory, text), "p");
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == base::Code::malformed);
  };
  is_damaged("");
  is_damaged("\n");
  is_damaged("-----BEGIN OPENSSH PRIVATE KEY-----\n");
  is_damaged(clear + "\n");
  is_damaged(clear.substr(0, clear.size() - 1));
  is_damaged(clear.substr(0, clear.size() - 2) + "\n");
  is_damaged(replaced(clear, "kdf none", "kdf"));
  is_damaged(replaced(clear, "kdf none", "kdf  none"));
  is_damaged(replaced(clear, "kdf none", "kdf argon2id 3 268435456" + salt));
  is_damaged(replaced(sealed, kdf, "kdf none"));
  is_damaged(replaced(sealed, kdf, "kdf argon2id 11 268435456" + salt));
  is_damaged(replaced(sealed, kdf, "kdf argon2id 3 1073741825" + salt));
  is_damaged(replaced(sealed, kdf, "kdf argon2id 0 268435456" + salt));
  is_damaged(replaced(sealed, kdf, "kdf argon2id 3 1" + salt));
  is_damaged(replaced(sealed, kdf, "kdf argon2id 03 268435456" + salt));
  is_damaged(replaced(sealed, kdf, "kdf argon2i 3 268435456" + salt));
  is_damaged(replaced(sealed, kdf, "kdf argon2id 3 268435456" + salt.substr(0, salt.size() - 2)));
  is_damaged(replaced(clear, "public ssh-ed25519 ", "public ssh-rsa "));
  is_damaged(replaced(clear, ServiceKey::generate().public_key().line.substr(0, 30), "public ssh-ed25519 AAAA"));
  const std::string other = ServiceKey::generate().public_key().line;
  is_damaged(replaced(clear, clear.substr(clear.find("ssh-"), other.size()), other));
  CHECK(ServiceKey::open(written(directory, replaced(clear, "key/1", "key/2")), "p").error().code == base::Code::newer);
}
