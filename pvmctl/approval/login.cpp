// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/login.hpp"

#include "libpvm/base/text.hpp"
#include "libpvm/crypto/sshsig.hpp"
#include "libpvm/model/field_values.hpp"
#include "libpvm/model/fields.hpp"

namespace pvm::pvmctl::approval {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t k_login_max_bytes = 2048;

// The name of the first field that does not fit; empty where there is none.
std::string_view field_out_of_range(const Login& login) {
  if (!model::is_label(login.door)) return "door";
  if (!model::is_moment(login.time)) return "time";
  const bool is_short = login.until > login.time && login.until - login.time <= k_login_life;
  if (!model::is_moment(login.until) || !is_short) return "until";
  if (!model::is_label(login.approver)) return "approver";
  if (login.via != "cli" && login.via != "cli/unattended") return "via";
  return {};
}

Result<Login> read_login(std::string_view text) {
  model::FieldReader in("login", text);
  in.header("pvm-login");
  const auto vault = in.field("vault", base::VaultId::from_hex);
  const auto door = in.field("door", base::percent_decode);
  const auto token = in.field("token", base::digest_from_hex);
  const auto time = in.field("time", model::parse_moment);
  const auto until = in.field("until", model::parse_moment);
  const auto approver = in.field("approver", base::percent_decode);
  const auto via = in.field("via", base::percent_decode);
  if (auto fault = in.finish()) return *fault;
  return Login{*vault, *door, *token, *time, *until, *approver, *via};
}

}  // namespace

Result<std::string> encode(const Login& login) {
  const std::string_view wrong = field_out_of_range(login);
  if (!wrong.empty()) return fail(Code::malformed, "login: the field '" + std::string(wrong) + "' holds what it must not");
  std::string out = "pvm-login/1\n";
  model::append_field(out, "vault", login.vault.hex());
  model::append_field(out, "door", base::percent_encode(login.door));
  model::append_field(out, "token", base::to_hex(login.token));
  model::append_field(out, "time", std::to_string(base::unix_seconds(login.time)));
  model::append_field(out, "until", std::to_string(base::unix_seconds(login.until)));
  model::append_field(out, "approver", base::percent_encode(login.approver));
  model::append_field(out, "via", base::percent_encode(login.via));
  if (out.size() > k_login_max_bytes) return fail(Code::malformed, "login: the text is over 2 KiB");
  return out;
}

Result<Login> decode_login(std::string_view text) {
  if (text.size() > k_login_max_bytes) return fail(Code::malformed, "login: the text is over 2 KiB");
  auto login = read_login(text);
  if (!login) return login;
  const auto again = encode(*login);
  if (!again) return base::pass_on(again);
  if (*again != text) return fail(Code::malformed, "login: not written in its only form");
  return login;
}

Result<Login> verify_login(std::string_view statement, std::string_view signature, const gate::Signers& signers,
                           const base::VaultId& vault, std::string_view door, base::UnixTime now) {
  auto login = decode_login(statement);
  if (!login) return login;
  const auto signed_it =
      crypto::verify_sshsig(signature, statement, k_login_namespace, login->approver, now, signers);
  if (!signed_it) return base::pass_on(signed_it);
  if (login->vault != vault) return fail(Code::untrusted, "the login is for another vault");
  if (login->door != door) {
    return fail(Code::untrusted, "the login is for " + base::quoted(login->door, 256) + ", not for this page");
  }
  if (now > login->until) return fail(Code::clock, "the login is over: it was good for 60 s", "try again: pvmctl login");
  if (login->time > now + k_login_skew) return fail(Code::clock, "the login is from the future");
  return login;
}

}  // namespace pvm::pvmctl::approval
