// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/signer.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>

#include "libpvm/crypto/sshsig.hpp"
#include "pvmctl/approval/child.hpp"
#include "tests/unit/system/temporary_directory.hpp"

namespace {

using namespace pvm;
using base::Code;
using pvmctl::approval::AgentSocket;
using pvmctl::approval::Presence;
using pvmctl::approval::PublicKey;
using pvmctl::approval::Signer;

constexpr base::UnixTime k_now = base::from_unix(1'790'000'000);

/// A key in a directory of its own, and the site that names it.
class KeyPlace {
 public:
  explicit KeyPlace(const std::string& passphrase) {
    const auto program = pvmctl::approval::find_ssh_keygen({});
    REQUIRE(program.has_value());
    const auto made = pvmctl::approval::run_attached(
        {*program,
         {"-q", "-t", "ed25519", "-N", passphrase, "-C", "a comment", "-f", key()},
         {"PATH=/usr/bin:/bin"}});
    REQUIRE(made.has_value());
    REQUIRE(*made == 0);
    site.places.trust_directory = directory_.path();
    site.settings.key = key();
  }
  [[nodiscard]] std::string key() const { return directory_.at("key"); }
  [[nodiscard]] PublicKey public_key() const {
    auto read = pvmctl::approval::read_public_key(key());
    REQUIRE(read.has_value());
    return *read;
  }
  [[nodiscard]] gate::Signers signers(const std::string& principals) const {
    auto parsed =
        crypto::parse_allowed_signers(pvmctl::approval::allowed_signers_line(principals, public_key()));
    REQUIRE(parsed.has_value());
    return *parsed;
  }
  [[nodiscard]] base::Result<Signer> signer(const gate::Signers& trusted) const {
    return Signer::of_site(site, trusted, system::Environment({{"SSH_AUTH_SOCK", directory_.at("none")}}));
  }

  system::Site site;

 private:
  test::TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("several statements are signed in one go, each by its own signature, in their order") {
  const KeyPlace place("");
  const gate::Signers trusted = place.signers("alice@host");
  const auto signer = place.signer(trusted);
  REQUIRE(signer.has_value());
  CHECK(signer->principal() == "alice@host");
  const std::vector<std::string> texts = {"one\n", "two\n", std::string("th\0ree", 6)};
  const auto signatures = signer->sign(model::k_grant_namespace, texts);
  REQUIRE(signatures.has_value());
  REQUIRE(signatures->size() == texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto verify = [&](const std::string& text, std::string_view name_space) {
      return crypto::verify_sshsig((*signatures)[i], text, name_space, "alice@host", k_now, trusted)
          .has_value();
    };
    CHECK(verify(texts[i], model::k_grant_namespace));
    CHECK_FALSE(verify(texts[(i + 1) % texts.size()], model::k_grant_namespace));
    CHECK_FALSE(verify(texts[i], "pvm-unlock-v1"));
  }
}

TEST_CASE("a key without a passphrase is unattended, one with a passphrase is not") {
  const KeyPlace open("");
  CHECK(open.signer(open.signers("a@b"))->presence() == Presence::unattended);
  const KeyPlace closed("correct horse");
  const auto signer = closed.signer(closed.signers("a@b"));
  REQUIRE(signer.has_value());
  CHECK(signer->presence() == Presence::human);
  CHECK(signer->try_as_stranger(AgentSocket::of_environment) == Presence::human);
}

TEST_CASE("the principal is the configured one, else the first that is no pattern") {
  KeyPlace place("");
  CHECK(place.signer(place.signers("*@host,!bob,carol"))->principal() == "carol");
  CHECK(place.signer(place.signers("*@host")).error().code == Code::untrusted);
  place.site.settings.principal = "dave@host";
  CHECK(place.signer(place.signers("*@host"))->principal() == "dave@host");
}

TEST_CASE("a key that allowed_signers does not hold cannot sign") {
  const KeyPlace place("");
  const KeyPlace other("");
  const auto signer = place.signer(other.signers("a@b"));
  REQUIRE_FALSE(signer.has_value());
  CHECK(signer.error().code == Code::untrusted);
}

TEST_CASE("without a configured key, or without its public half, there is no signer") {
  KeyPlace place("");
  const gate::Signers trusted = place.signers("a@b");
  std::filesystem::remove(place.key() + ".pub");
  CHECK(place.signer(trusted).error().code == Code::missing);
  place.site.settings.key = std::nullopt;
  CHECK(place.signer(trusted).error().code == Code::missing);
}

TEST_CASE("a public key that others can write is not read") {
  const KeyPlace place("");
  REQUIRE(::chmod((place.key() + ".pub").c_str(), 0666) == 0);
  CHECK(pvmctl::approval::read_public_key(place.key()).error().code == Code::unsafe);
}

TEST_CASE("a key file is read whole and strictly") {
  const KeyPlace place("");
  const PublicKey key = place.public_key();
  CHECK(key.type == "ssh-ed25519");
  CHECK(key.comment == "a comment");
  CHECK(pvmctl::approval::parse_public_key(key.line)->blob == key.blob);
  const std::string of_wrong_type = "sk-ssh-ed25519@openssh.com" + key.line.substr(key.type.size());
  for (const std::string& text : std::vector<std::string>{
           "", "ssh-ed25519", "ssh-ed25519 AAAA", of_wrong_type, "-----BEGIN OPENSSH PRIVATE KEY-----\n"}) {
    CAPTURE(text);
    CHECK(pvmctl::approval::parse_public_key(text).error().code == Code::malformed);
  }
}

TEST_CASE("a signature that ssh-keygen does not give is an error, and leaves nothing behind") {
  KeyPlace place("");
  const auto signer = place.signer(place.signers("a@b"));
  REQUIRE(signer.has_value());
  std::filesystem::remove(place.key());
  const std::vector<std::string> texts = {"one\n"};
  const auto signatures = signer->sign(model::k_grant_namespace, texts);
  REQUIRE_FALSE(signatures.has_value());
  CHECK(signatures.error().code == Code::untrusted);
}

TEST_CASE("what is started gets no agent's socket and no other variable of ours") {
  const system::Environment environment({{"HOME", "/h"},
                                         {"LC_ALL", "C"},
                                         {"TERM", "vt100"},
                                         {"PATH", "/evil"},
                                         {"SSH_AUTH_SOCK", "/s"},
                                         {"LD_PRELOAD", "/x.so"},
                                         {"SSH_ASKPASS", "/evil/ask"},
                                         {"GIT_DIR", "/g"}});
  CHECK(pvmctl::approval::bare_environment(environment) ==
        std::vector<std::string>{"PATH=/usr/bin:/bin", "HOME=/h", "LC_ALL=C", "TERM=vt100"});
}
