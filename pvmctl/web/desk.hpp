// SPDX-License-Identifier: Apache-2.0
// What the page and the API read and do: the approver's verbs, answered in JSON. The front knows no vault, so that it is
// tested without one.
//
// Quick calls are made in the network's thread. Slow ones look at the world (a tree is listed, git is asked), read much of
// the vault, or read who is trusted; they are made in one other thread, one after the other, while quick ones go on.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "pvmctl/approval/review.hpp"
#include "pvmctl/reply.hpp"
#include "pvmctl/web/sessions.hpp"

namespace pvm::pvmctl::web {

/// A yes. Neither life nor uses: once, bound to what was seen.
struct Order {
  std::string request;                // the whole id
  std::optional<base::Seconds> life;  // the scopes for a time
  std::optional<std::uint32_t> uses;  // so many uses
  std::vector<std::string> scopes;    // in place of those asked for; never wider
  std::string note;                   // for the agent
  /// The "sight" of the review that the person was shown ("sha256:…"): names the request and its effect, whole. Nothing is
  /// approved without it, or where it differs from what is there when the grant is drafted.
  std::optional<std::string> seen;
};

/// Makes grants where pvmctl serve may: drafts, signs with a key of its own, verifies and stores. Without one, approving
/// stays with `pvmctl approve`. Called in the thread of the slow calls.
class Issuer {
 public:
  Issuer() = default;
  Issuer(const Issuer&) = delete;
  Issuer& operator=(const Issuer&) = delete;
  virtual ~Issuer() = default;

  /// As whom it signs, for people to read.
  [[nodiscard]] virtual std::string name() const = 0;
  /// What is weak about its key, for the banner of the page: "agents run as this user, too, …"; empty: nothing.
  [[nodiscard]] virtual std::string weakness() const = 0;
  /// Answers the request with a grant: as approval::grant_json. `review` is a look that was taken just now, and its
  /// digest is the one that the person saw. Errors: as draft_grant, and what storing says.
  [[nodiscard]] virtual base::Result<Json> issue(const approval::Review& review, const Order& order,
                                                 const Person& person) = 0;
};

class Desk {
 public:
  Desk() = default;
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;
  virtual ~Desk() = default;

  // --- quick ---

  /// requests (request_json) and groups, at most k_most_pending requests.
  [[nodiscard]] virtual base::Result<Json> pending() = 0;
  /// vault, tier, whose the trust is, locked with reason and since, signer (null: approving stays with pvmctl approve).
  [[nodiscard]] virtual base::Result<Json> status() = 0;
  /// For the metrics; counted once a second at most.
  struct Counts {
    std::uint64_t pending = 0;
    std::uint64_t live = 0;
    bool is_locked = false;
  };
  [[nodiscard]] virtual base::Result<Counts> counts() = 0;
  [[nodiscard]] virtual base::Result<void> deny(const std::string& id, const std::string& note) = 0;
  [[nodiscard]] virtual base::Result<void> revoke(const std::string& id) = 0;
  [[nodiscard]] virtual base::Result<void> lock(const std::string& reason) = 0;
  [[nodiscard]] virtual base::Result<void> panic(const std::string& reason) = 0;

  // --- slow ---

  /// Requests that are answered, newest first, those that mention `query`, k_page of them from number `from` on; `next`
  /// is null, or the number that the next page begins with.
  [[nodiscard]] virtual base::Result<Json> history(const std::string& query, std::uint64_t from) = 0;
  /// grants (stored_grant_json): those that are live.
  [[nodiscard]] virtual base::Result<Json> grants() = 0;
  /// Entries of the log that mention `query`, newest first, k_page of them before entry `before` (0: from the newest on);
  /// `next` is null, or what the next page is asked for by.
  [[nodiscard]] virtual base::Result<Json> audit(const std::string& query, std::uint64_t before) = 0;
  /// What a request would do now: as approval::review_json, with the largest files, and `card`, as the terminal shows it.
  [[nodiscard]] virtual base::Result<Json> review(const std::string& id) = 0;
  /// Errors: conflict (no issuer; not pending; not what was seen any more), and what the issuer says.
  [[nodiscard]] virtual base::Result<Json> approve(const Order& order, const Person& person) = 0;
};

inline constexpr std::size_t k_page = 50;
inline constexpr std::size_t k_most_pending = 200;
inline constexpr std::string_view k_no_issuer = "approving stays with pvmctl approve";

}  // namespace pvm::pvmctl::web
