// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/web/sessions.hpp"

#include <algorithm>

#include "libpvm/crypto/sha256.hpp"
#include "pvmctl/approval/login_door.hpp"

namespace pvm::pvmctl::web {
namespace {

using base::Code;
using base::fail;
using base::Result;

bool is_over(const Session& session, base::UnixTime now) {
  return now >= session.opened + k_session_life || now >= session.used + k_session_idle;
}

base::Failure no_login() {
  return fail(Code::untrusted, "this link opens nothing: it works once, for 60 s", "make another: pvmctl login");
}

}  // namespace

Result<void> Sessions::announce(const base::Digest& token, Person person, base::UnixTime until, base::UnixTime now) {
  drop_what_is_over(now);
  if (logins_.contains(token)) return fail(Code::conflict, "this login was handed in before", "make another: pvmctl login");
  if (logins_.size() >= k_most_logins) return fail(Code::limit, "too many logins at once", "try again in a minute");
  logins_.emplace(token, Announced{std::move(person), until, std::nullopt});
  return {};
}

Result<Opened> Sessions::open(std::string_view token, base::UnixTime now) {
  drop_what_is_over(now);
  if (!approval::is_token(token)) return no_login();
  const auto found = logins_.find(crypto::sha256(token));
  if (found == logins_.end()) return no_login();
  Announced& login = found->second;
  if (login.opened) {
    close(*login.opened);
    return no_login();
  }
  if (sessions_.size() >= k_most_sessions) return fail(Code::limit, "too many sessions are open", "log out somewhere");
  Opened opened{approval::new_token(), approval::new_token(), {++numbers_, login.person, now, now}};
  login.opened = opened.session.number;
  sessions_.emplace(crypto::sha256(opened.cookie), Kept{crypto::sha256(opened.key), opened.session});
  return opened;
}

const Session* Sessions::find(std::string_view cookie, std::string_view key, base::UnixTime now) {
  if (!approval::is_token(cookie) || !approval::is_token(key)) return nullptr;
  const auto found = sessions_.find(crypto::sha256(cookie));
  if (found == sessions_.end() || found->second.key != crypto::sha256(key)) return nullptr;
  Session& session = found->second.session;
  if (is_over(session, now)) {
    sessions_.erase(found);
    return nullptr;
  }
  session.used = std::max(session.used, now);
  return &session;
}

bool Sessions::is_open(std::uint64_t number, base::UnixTime now) const {
  return std::ranges::any_of(sessions_, [&](const auto& kept) {
    return kept.second.session.number == number && !is_over(kept.second.session, now);
  });
}

void Sessions::close(std::uint64_t number) {
  std::erase_if(sessions_, [number](const auto& kept) { return kept.second.session.number == number; });
}

void Sessions::drop_what_is_over(base::UnixTime now) {
  std::erase_if(logins_, [now](const auto& login) { return now > login.second.until; });
  std::erase_if(sessions_, [now](const auto& kept) { return is_over(kept.second.session, now); });
}

}  // namespace pvm::pvmctl::web
