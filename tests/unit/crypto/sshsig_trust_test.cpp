// SPDX-License-Identifier: Apache-2.0
// Which keys a signature is good by: namespaces, principals, validity.
#include <doctest/doctest.h>

#include <string>

#include "sshsig_fixture.hpp"

using namespace pvm::test;
using pvm::base::Code;

TEST_CASE("a signature for another namespace is refused") {
  Signed alice;
  const std::string trusted = line_for("alice@host", "namespaces=\"*\"", alice.key);
  const std::string other = alice.ssh.sign("alice", k_message, "file");
  check_refused(question(other, trusted), Code::untrusted, "is for namespace 'file'");

  Question asked = question(alice.armored, trusted);
  for (const std::string_view name_space :
       {"pvm-policy-v1", "pvm-grant-v", "pvm-grant-v1 ", "PVM-GRANT-V1", "*"}) {
    asked.name_space = name_space;
    check_refused(asked, Code::untrusted, "is for namespace");
    CHECK_FALSE(alice.ssh.verifies(asked));
  }
  asked.name_space = "";
  check_refused(asked, Code::untrusted, "is for namespace");
}

TEST_CASE("a key that is not listed is refused, whatever it is called") {
  Signed alice;
  const std::string mallory = alice.ssh.make_key("mallory", "ed25519");
  const std::string armored = alice.ssh.sign("mallory", k_message, k_namespace);
  check_refused(question(armored, alice.trusted), Code::untrusted, "not in allowed_signers");
  check_refused(question(alice.armored, line_for("alice@host", k_trust, mallory)), Code::untrusted,
                "not in allowed_signers");
  check_refused(question(alice.armored, ""), Code::untrusted, "not in allowed_signers");
  CHECK_FALSE(alice.ssh.verifies(question(armored, alice.trusted)));
}

TEST_CASE("a key without namespaces= is trusted with nothing, though ssh-keygen trusts it with all") {
  Signed alice;
  const std::string trusted = line_for("alice@host", "", alice.key);
  CHECK(alice.ssh.verifies(question(alice.armored, trusted)));
  check_refused(question(alice.armored, trusted), Code::untrusted,
                "line 1: the signing key has no namespaces=");
}

TEST_CASE("a key whose namespaces= do not name ours is refused") {
  Signed alice;
  for (const std::string options :
       {"namespaces=\"file,git\"", "namespaces=\"pvm-policy-v1\"", "namespaces=\"*,!pvm-grant-v1\"",
        "namespaces=\"!pvm-*,*\"", "namespaces=\"PVM-GRANT-V1\"", "namespaces=\"pvm-grant-v\""}) {
    CAPTURE(options);
    const std::string trusted = line_for("alice@host", options, alice.key);
    check_refused(question(alice.armored, trusted), Code::untrusted, "not trusted with namespace");
    CHECK_FALSE(alice.ssh.verifies(question(alice.armored, trusted)));
  }
}

TEST_CASE("a principal that the key does not bear is refused") {
  Signed alice;
  Question asked = question(alice.armored, alice.trusted);
  for (const std::string_view principal :
       {"bob@host", "alice@hos", "alice@host2", "Alice@host", "alice", "*"}) {
    CAPTURE(principal);
    asked.principal = principal;
    check_refused(asked, Code::untrusted, "does not belong to");
    CHECK_FALSE(alice.ssh.verifies(asked));
  }
}

TEST_CASE("no wildcard gives an empty principal, or one with a NUL byte, a key") {
  Signed alice;
  const std::string trusted = line_for("*", k_trust, alice.key);
  Question asked = question(alice.armored, trusted);
  asked.principal = "";
  check_refused(asked, Code::untrusted, "does not belong to");
  asked.principal = std::string_view("alice\0bob", 9);
  check_refused(asked, Code::untrusted, "does not belong to");
}

TEST_CASE("principals and namespaces may be patterns") {
  Signed alice;
  for (const std::string principals :
       {"*", "*@host", "alice@*", "al?ce@host", "bob@host,alice@host", "a*e@*t"}) {
    for (const std::string options :
         {"namespaces=\"pvm-*\"", "namespaces=\"git,pvm-grant-v?\"", "namespaces=\"*\""}) {
      CAPTURE(principals);
      CAPTURE(options);
      const std::string trusted = line_for(principals, options, alice.key);
      check_accepted_by_both(alice.ssh, question(alice.armored, trusted));
    }
  }
  for (const std::string principals : {"*,!alice@host", "!alice@*,*", "!alice@host", "al?e@host", "*@hos"}) {
    CAPTURE(principals);
    const std::string trusted = line_for(principals, k_trust, alice.key);
    check_refused(question(alice.armored, trusted), Code::untrusted, "does not belong to");
    CHECK_FALSE(alice.ssh.verifies(question(alice.armored, trusted)));
  }
}

TEST_CASE("a key is good from its valid-after until before its valid-before") {
  Signed alice;
  const auto trusted = [&alice](const std::string& validity) {
    return line_for("alice@host", k_trust + "," + validity, alice.key);
  };
  for (const std::string validity :
       {"valid-after=\"20260601Z\"", "valid-after=\"20260601000000Z\"", "valid-before=\"20260601000001Z\"",
        "valid-after=\"20260531235959Z\",valid-before=\"20260602Z\""}) {
    CAPTURE(validity);
    check_accepted_by_both(alice.ssh, question(alice.armored, trusted(validity)));
  }
  const std::string future = trusted("valid-after=\"20260601000001Z\"");
  check_refused(question(alice.armored, future), Code::untrusted, "not valid before 2026-06-01T00:00:01Z");
  CHECK_FALSE(alice.ssh.verifies(question(alice.armored, future)));
  const std::string past = trusted("valid-before=\"20260531235959Z\"");
  check_refused(question(alice.armored, past), Code::untrusted, "not valid since 2026-05-31T23:59:59Z");
  CHECK_FALSE(alice.ssh.verifies(question(alice.armored, past)));
}

TEST_CASE("at the second of valid-before a key is over, where ssh-keygen gives it one second more") {
  Signed alice;
  const std::string trusted = line_for("alice@host", k_trust + ",valid-before=\"20260601Z\"", alice.key);
  check_refused(question(alice.armored, trusted), Code::untrusted, "not valid since");
  CHECK(alice.ssh.verifies(question(alice.armored, trusted)));
}

TEST_CASE("of two lines for one key, either may be the good one") {
  Signed alice;
  const std::string expired = line_for("alice@host", k_trust + ",valid-before=\"20250101Z\"", alice.key);
  const std::string elsewhere = line_for("alice@host", "namespaces=\"git\"", alice.key);
  const std::string someone = line_for("bob@host", k_trust, alice.key);
  for (const std::string& other : {expired, elsewhere, someone}) {
    check_accepted_by_both(alice.ssh, question(alice.armored, other + alice.trusted));
    check_accepted_by_both(alice.ssh, question(alice.armored, alice.trusted + other));
  }
}

TEST_CASE("two lines for one key do not add up, and the nearest miss is named") {
  Signed alice;
  const std::string expired = line_for("alice@host", k_trust + ",valid-before=\"20250101Z\"", alice.key);
  const std::string elsewhere = line_for("alice@host", "namespaces=\"git\"", alice.key);
  const std::string someone = line_for("bob@host", k_trust, alice.key);
  const std::string all = elsewhere + "# a comment\n" + someone + expired;
  check_refused(question(alice.armored, all), Code::untrusted, "line 4: the signing key is not valid since");
  check_refused(question(alice.armored, someone + elsewhere), Code::untrusted,
                "line 1: the signing key does not");
  CHECK_FALSE(alice.ssh.verifies(question(alice.armored, all)));
}
