// SPDX-License-Identifier: Apache-2.0
// A well signed grant of each kind of key, and what comes next to it: every flipped bit, cut, byte replaced,
// put in or left out, of the armoured signature, of the blob within and of the statement. None may pass the
// gate. There is no table of exceptions: the armour has one form, down to its last newline.
#include <doctest/doctest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "../crypto/ssh_support.hpp"
#include "../model/grant_samples.hpp"
#include "../mutations.hpp"
#include "../thorough.hpp"
#include "libpvm/crypto/sshsig.hpp"
#include "libpvm/gate/trust.hpp"

using namespace pvm;
using namespace pvm::test;
using base::Code;

namespace {

const base::UnixTime k_now = base::from_unix(1'790'000'000);

struct SignedGrant {
  std::string key_type;
  std::string statement;
  std::string armored;
};

/// A grant for each kind of key. The trusted lines leave nothing to refuse a signature for but itself: any
/// principal, any namespace, both keys.
class SignedGrants {
 public:
  SignedGrants() {
    const std::string key = keygen_.make_key("key", "ed25519");
    const SecurityKey security_key = padded_key();
    const auto signers = crypto::parse_allowed_signers("* namespaces=\"*\" " + key + "\n* namespaces=\"*\" " +
                                                       security_key.line() + "\n");
    REQUIRE(signers);
    signers_ = *signers;
    const std::string sk_blob = security_key.sign(statement_, model::k_grant_namespace, Touch{}, Touch{});
    grants_ = {{"ssh-ed25519", statement_, keygen_.sign("key", statement_, model::k_grant_namespace)},
               {"sk-ssh-ed25519@openssh.com", statement_, armor(sk_blob)}};
    for (const SignedGrant& grant : grants_) {
      REQUIRE(armor(unarmor(grant.armored)) == grant.armored);
      REQUIRE(crypto::parse_sshsig(grant.armored)->key_type == grant.key_type);
    }
    // Both have stray bits in their last base64 letter, which are a second encoding waiting to happen.
    REQUIRE(grants_[0].armored.find("=\n") != std::string::npos);
    REQUIRE(grants_[1].armored.find("==\n") != std::string::npos);
  }

  [[nodiscard]] const std::vector<SignedGrant>& grants() const { return grants_; }
  [[nodiscard]] base::Result<model::Grant> judge(std::string_view statement,
                                                 std::string_view signature) const {
    return gate::verify_grant(statement, signature, signers_, k_now);
  }

 private:
  // Whose signature's blob ends within the first byte of a group of three.
  static SecurityKey padded_key() {
    for (const std::string application : {"ssh:", "ssh:a", "ssh:ab"}) {
      SecurityKey key(application);
      if (key.sign("", model::k_grant_namespace, Touch{}, Touch{}).size() % 3 == 1) return key;
    }
    FAIL("no application is of that length");
    return SecurityKey();
  }

  SshKeygen keygen_;
  const std::string statement_ = model::test::good_text();
  gate::Signers signers_;
  std::vector<SignedGrant> grants_;
};

/// What was tried, and what of it was not refused as it should be.
class Tally {
 public:
  explicit Tally(std::string what) : what_(std::move(what)) {}

  void fault(const Mutation& mutation, const std::string& why) {
    if (++faults_ > 20) return;
    FAIL_CHECK(what_ << ": " << std::string(mutation.kind) << " at " << mutation.at << " (" << mutation.what
                     << "): " << why);
  }
  void expect(std::size_t tried, std::size_t length) const {
    CHECK(faults_ == 0);
    // 16 values put in at each place, less those that stand there, and at least as many replacements: 30 a
    // byte.
    CHECK(tried > (is_thorough() ? 500 : 30) * length);
    if (is_thorough()) MESSAGE(what_ << ": " << tried << " mutations");
  }

 private:
  std::string what_;
  std::size_t faults_ = 0;
};

Depth depth() {
  return is_thorough() ? Depth::all : Depth::some;
}

}  // namespace

TEST_CASE("the mutations tried are all that there are") {
  const std::string good = "aabb-";
  std::map<std::string, std::set<std::string>> found;
  std::size_t told = 0;
  const std::size_t count =
      each_mutation(good, Depth::all, [&](const std::string& changed, const Mutation& mutation) {
        CHECK(changed != good);
        found[std::string(mutation.kind)].insert(changed);
        ++told;
      });
  CHECK(count == told);
  CHECK(found["replaced"].size() == 5 * 255);
  // 256 at each of 6 places; put before or behind a byte of its own value, a byte makes the same text.
  CHECK(found["put in"].size() == 6 * 256 - 5);
  CHECK(found["left out"] == std::set<std::string>{"aab-"});
  CHECK(found["cut at the back"] == std::set<std::string>{"", "a", "aa", "aab", "aabb"});
  CHECK(found["cut at the front"] == std::set<std::string>{"abb-", "bb-", "b-", "-"});
  CHECK(found["cut at both ends"] == std::set<std::string>{"a", "ab", "abb", "b", "bb"});

  std::set<std::string> few;
  each_mutation(good, Depth::some, [&](const std::string& changed, const Mutation&) { few.insert(changed); });
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string flipped = good;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    CHECK(few.count(flipped) == 1);
  }
}

TEST_CASE("no armour but the one that was written passes") {
  const SignedGrants samples;
  for (const SignedGrant& good : samples.grants()) {
    Tally tally(good.key_type + ", armour");
    const auto tried =
        each_mutation(good.armored, depth(), [&](const std::string& armored, const Mutation& mutation) {
          const auto judged = samples.judge(good.statement, armored);
          if (judged) return tally.fault(mutation, "accepted");
          const Code code = judged.error().code;
          if (code != Code::malformed && code != Code::untrusted)
            tally.fault(mutation, judged.error().message);
        });
    tally.expect(tried, good.armored.size());
    CHECK(samples.judge(good.statement, good.armored).has_value());
  }
}

TEST_CASE("no change of a signature's blob passes, in the best of armour") {
  const SignedGrants samples;
  for (const SignedGrant& good : samples.grants()) {
    const std::string blob = unarmor(good.armored);
    Tally tally(good.key_type + ", blob");
    const auto tried =
        each_mutation(blob, depth(), [&](const std::string& changed, const Mutation& mutation) {
          const auto judged = samples.judge(good.statement, armor(changed));
          if (judged) return tally.fault(mutation, "accepted");
          const Code code = judged.error().code;
          if (code != Code::malformed && code != Code::untrusted)
            tally.fault(mutation, judged.error().message);
        });
    tally.expect(tried, blob.size());
    CHECK(samples.judge(good.statement, armor(blob)).has_value());
  }
}

TEST_CASE("no change of a statement passes, and none is read as a grant before its signature is good") {
  const SignedGrants samples;
  for (const SignedGrant& good : samples.grants()) {
    Tally tally(good.key_type + ", statement");
    const auto tried =
        each_mutation(good.statement, depth(), [&](const std::string& changed, const Mutation& mutation) {
          const auto judged = samples.judge(changed, good.armored);
          if (judged) return tally.fault(mutation, "accepted");
          const base::Error& error = judged.error();
          // All that may be looked for in an unsigned text is whose signature it claims.
          const bool names_nobody = error.message == "the statement names no approver" ||
                                    error.message == "the statement's approver cannot be read";
          if (!names_nobody && error.code != Code::untrusted) tally.fault(mutation, error.message);
        });
    tally.expect(tried, good.statement.size());
    CHECK(samples.judge(good.statement, good.armored).has_value());
  }
}

TEST_CASE("a good signature is none over another grant, by another key, or of another kind") {
  const SignedGrants samples;
  const SignedGrants others;
  for (std::size_t i = 0; i < samples.grants().size(); ++i) {
    const SignedGrant& good = samples.grants()[i];
    const std::string another = model::test::replaced(good.statement, "uses 1\n", "uses 2\n");
    CHECK(samples.judge(good.statement, good.armored).has_value());
    CHECK_FALSE(samples.judge(another, good.armored).has_value());
    CHECK_FALSE(others.judge(good.statement, good.armored).has_value());

    std::string blob = unarmor(good.armored);
    const std::string neighbour = unarmor(samples.grants()[1 - i].armored);
    const auto inner_of = [](const std::string& bytes) { return bytes.find("sha512") + 6; };
    blob.replace(inner_of(blob), std::string::npos, neighbour.substr(inner_of(neighbour)));
    CHECK_FALSE(samples.judge(good.statement, armor(blob)).has_value());
  }
}
