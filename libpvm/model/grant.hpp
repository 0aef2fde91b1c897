// SPDX-License-Identifier: Apache-2.0
// A grant: the statement that an approver signs. Floor: model. Its text is described in
// share/doc/GRANT-FORMAT.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/id.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/model/operation.hpp"
#include "libpvm/model/scope.hpp"

namespace pvm::model {

/// SSHSIG namespace of a grant's signature.
inline constexpr std::string_view k_grant_namespace = "pvm-grant-v1";
inline constexpr std::size_t k_grant_max_bytes = 8192;
inline constexpr std::uint32_t k_max_uses = 1'000'000;
/// 9999-12-31T23:59:59Z in Unix seconds; the first moment is 0.
inline constexpr std::int64_t k_last_moment = 253'402'300'799;
/// The highest epoch and log size: what SQLite and the C2SP log formats can hold.
inline constexpr std::uint64_t k_max_count = INT64_MAX;

/// Size and root of the audit log's Merkle tree (RFC 6962) at some moment.
struct TreeHead {
  std::uint64_t size = 0;
  base::Digest root{};
  bool operator==(const TreeHead&) const = default;
};

/// Both ends belong to the window. In a grant's text neither is before 1970 or after k_last_moment.
struct Window {
  base::UnixTime not_before;
  base::UnixTime not_after;
  bool operator==(const Window&) const = default;
};

/// Who may do what to which resources, and when: what a grant and a rule have in common.
struct Terms {
  std::string agent;  // an agent pattern (is_agent_pattern)
  Action action = Action::rm;
  std::vector<Scope> scopes;  // at least one, no pattern twice, all of scope_type_of(action)
  Attributes may;
  Window window;
  bool operator==(const Terms&) const = default;
};

/// Whether `terms` speak of the operation's agent, action and attributes (not yet of its resources or of
/// time).
[[nodiscard]] bool speaks_of(const Terms& terms, const Operation& operation);
/// Whether one of the scopes covers `resource`.
[[nodiscard]] bool covers(const Terms& terms, const Resource& resource);

struct Grant {
  base::GrantId id;
  base::VaultId vault;
  Terms terms;
  std::optional<base::RequestId> request;
  std::optional<base::Digest> effect;
  std::optional<std::uint32_t> uses;  // 1 to k_max_uses; nullopt: unlimited
  std::uint64_t epoch = 0;            // at most k_max_count, as log.size
  TreeHead log;
  std::string approver;  // not empty, no control bytes
  std::string via;       // the same
  std::string reason;
  bool operator==(const Grant&) const = default;
};

/// The canonical text. Errors: limit (over k_grant_max_bytes), malformed (a field that the format cannot
/// carry, which the message names).
[[nodiscard]] base::Result<std::string> encode(const Grant& grant);

/// Reads exactly what `encode` writes, and nothing else: what it gives encodes to `text`, byte for byte.
/// Errors: malformed, naming the line by its number or its field; newer, for a later version.
[[nodiscard]] base::Result<Grant> decode_grant(std::string_view text);

}  // namespace pvm::model
