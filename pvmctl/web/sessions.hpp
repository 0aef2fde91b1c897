// SPDX-License-Identifier: Apache-2.0
// Who is logged in. A login is announced by the hash of its token (approval/login.hpp), opened once by the bearer of the
// token, and from then on known by two secrets:
//
//   the cookie   HttpOnly, so that no script reads it; but a browser sends it to every port of the host
//   the key      handed to the page's script, which sends it in a header; a browser keeps it from other ports
//
// Neither is enough alone: an agent that serves a page on another port of the same host gets to see the cookie of whoever
// looks at that page, and a script that somehow ran in ours could not take the cookie along.
// Kept are hashes alone. Pure: time is passed in. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"

namespace pvm::pvmctl::web {

inline constexpr base::Seconds k_session_life{12 * 3600};
inline constexpr base::Seconds k_session_idle{2 * 3600};
inline constexpr std::size_t k_most_sessions = 256;
inline constexpr std::size_t k_most_logins = 64;

/// Who answers, as their signature said.
struct Person {
  std::string principal;
  bool is_unattended = false;  // their key signs without a human act
  std::string door = "page";   // by which they answer
};

struct Session {
  std::uint64_t number = 0;  // from 1, never twice
  Person person;
  base::UnixTime opened;
  base::UnixTime used;
};

/// A session that was opened just now.
struct Opened {
  std::string cookie;
  std::string key;
  Session session;
};

class Sessions {
 public:
  /// Takes in a login that was verified: `token` (its hash) opens one session until `until`. Errors: conflict (that token
  /// was announced before); limit (k_most_logins of them wait).
  [[nodiscard]] base::Result<void> announce(const base::Digest& token, Person person, base::UnixTime until,
                                            base::UnixTime now);
  /// Spends `token`. Errors: untrusted, in one wording for what is unknown, late and spent. A token that comes a second
  /// time, while it would still be good, closes the session that it opened: one of the two was not the person.
  [[nodiscard]] base::Result<Opened> open(std::string_view token, base::UnixTime now);

  /// The session of both secrets, and marks it as used; nullptr where there is none, or it is over. Valid until the next
  /// call that is not const.
  [[nodiscard]] const Session* find(std::string_view cookie, std::string_view key, base::UnixTime now);
  /// Whether it is still open. Marks nothing.
  [[nodiscard]] bool is_open(std::uint64_t number, base::UnixTime now) const;
  void close(std::uint64_t number);
  void close_all() { sessions_.clear(); }
  [[nodiscard]] std::size_t count() const { return sessions_.size(); }

 private:
  struct Announced {
    Person person;
    base::UnixTime until;
    std::optional<std::uint64_t> opened;  // by it
  };
  struct Kept {
    base::Digest key{};
    Session session;
  };
  void drop_what_is_over(base::UnixTime now);

  std::map<base::Digest, Announced> logins_;  // by the hash of the token
  std::map<base::Digest, Kept> sessions_;     // by the hash of the cookie
  std::uint64_t numbers_ = 0;
};

}  // namespace pvm::pvmctl::web
