// SPDX-License-Identifier: Apache-2.0
// Asks PVM and ssh-keygen the same question about a signature.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "libpvm/crypto/allowed_signers.hpp"
#include "libpvm/crypto/sshsig.hpp"
#include "ssh_support.hpp"

namespace pvm::test {

inline constexpr std::string_view k_namespace = "pvm-grant-v1";
inline constexpr std::string_view k_message = "pvm-grant/1\nagent claude\nreason clean%20build\n";
inline const base::UnixTime k_now = base::from_unix(1'780'272'000);  // 2026-06-01T00:00:00Z

/// Asks for alice@host, over k_message, at k_now.
inline Question question(std::string_view armored, std::string_view allowed_signers) {
  return {armored, k_message, k_namespace, "alice@host", allowed_signers, k_now};
}

inline base::Result<void> pvm_answer(const Question& asked) {
  const auto signers = crypto::parse_allowed_signers(asked.allowed_signers);
  REQUIRE_MESSAGE(signers.has_value(), signers.error().message);
  return crypto::verify_sshsig(asked.armored, asked.message, asked.name_space, asked.principal, asked.at,
                               *signers);
}

inline void check_accepted_by_both(SshKeygen& ssh, const Question& asked) {
  const auto answer = pvm_answer(asked);
  CHECK_MESSAGE(answer.has_value(), answer.error().message);
  CHECK(ssh.verifies(asked));
}

inline void check_refused(const Question& asked, base::Code code, std::string_view because) {
  const auto answer = pvm_answer(asked);
  REQUIRE_FALSE(answer.has_value());
  CHECK(answer.error().code == code);
  CHECK_MESSAGE(answer.error().message.find(because) != std::string::npos, answer.error().message);
}

/// A line of allowed_signers.
inline std::string line_for(std::string_view principals, std::string_view options, std::string_view key) {
  std::string line(principals);
  if (!options.empty()) line += " " + std::string(options);
  return line + " " + std::string(key) + " a comment\n";
}

inline const std::string k_trust = "namespaces=\"pvm-grant-v1\"";

/// A real key, what it signed, and a line that trusts it.
struct Signed {
  SshKeygen ssh;
  std::string key = ssh.make_key("alice", "ed25519");
  std::string armored = ssh.sign("alice", k_message, k_namespace);
  std::string trusted = line_for("alice@host", k_trust, key);
};

}  // namespace pvm::test
