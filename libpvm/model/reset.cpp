// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/reset.hpp"

#include <array>

#include "libpvm/base/text.hpp"
#include "libpvm/model/field_values.hpp"
#include "libpvm/model/fields.hpp"

namespace pvm::model {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::array<std::string_view, 3> k_kinds = {"break", "clock", "prune"};

std::optional<ResetKind> parse_kind(std::string_view text) {
  for (std::size_t i = 0; i < k_kinds.size(); ++i) {
    if (k_kinds[i] == text) return static_cast<ResetKind>(i);
  }
  return std::nullopt;
}

std::string boundary_value(const Boundary& boundary) {
  return std::to_string(boundary.epoch) + " " + (boundary.lock ? boundary.lock->hex() : std::string(k_none));
}

std::optional<Boundary> parse_boundary(std::string_view text) {
  const auto words = split_words<2>(text);
  if (!words) return std::nullopt;
  const auto epoch = parse_count((*words)[0]);
  const auto lock = empty_for(k_none, base::LockId::from_hex)((*words)[1]);
  if (!epoch || !lock) return std::nullopt;
  return Boundary{*epoch, *lock};
}

// The name of the first field that does not fit; empty where there is none.
std::string_view field_out_of_place(const Reset& reset) {
  if (reset.log.size > k_max_count) return "log";
  if (reset.seen.has_value() != (reset.kind == ResetKind::broken_log)) return "seen";
  if (reset.seen && reset.seen->size > k_max_count) return "seen";
  if (reset.mark.has_value() != (reset.kind == ResetKind::clock)) return "mark";
  if (reset.mark && !is_moment(*reset.mark)) return "mark";
  if (reset.until.has_value() != (reset.kind == ResetKind::prune)) return "until";
  if (reset.until && (*reset.until == 0 || *reset.until > reset.log.size)) return "until";
  if (reset.then.has_value() != (reset.kind == ResetKind::prune)) return "then";
  if (reset.then && reset.then->epoch > k_max_count) return "then";
  if (!is_moment(reset.time)) return "time";
  if (!is_label(reset.approver)) return "approver";
  return {};
}

Result<std::string> within_limit(std::string text, std::string_view what) {
  if (text.size() <= k_grant_max_bytes) return text;
  return fail(Code::limit, std::string(what) + ": the text is " + base::grouped(text.size()) + " bytes, over " +
                               base::grouped(k_grant_max_bytes));
}

// What was read must be what would have been written.
template <class Statement>
Result<Statement> only_form(Result<Statement> statement, std::string_view text, std::string_view what) {
  if (!statement) return statement;
  const auto again = encode(*statement);
  if (!again) return base::pass_on(again);
  if (*again != text) return fail(Code::malformed, std::string(what) + ": not written in its only form");
  return statement;
}

Result<Reset> read_reset(std::string_view text) {
  FieldReader in("reset", text);
  in.header("pvm-reset");
  std::optional<TreeHead> seen;
  std::optional<base::UnixTime> mark;
  std::optional<std::uint64_t> until;
  std::optional<Boundary> then;
  const auto kind = in.field("what", parse_kind);
  const auto vault = in.field("vault", base::VaultId::from_hex);
  const auto log = in.field("log", parse_head);
  if (kind == ResetKind::broken_log) seen = in.field("seen", parse_head);
  if (kind == ResetKind::clock) mark = in.field("mark", parse_moment);
  if (kind == ResetKind::prune) {
    until = in.field("until", parse_count);
    then = in.field("then", parse_boundary);
  }
  const auto time = in.field("time", parse_moment);
  const auto approver = in.field("approver", base::percent_decode);
  const auto reason = in.field("reason", base::percent_decode);
  if (auto fault = in.finish()) return *fault;
  return Reset{*kind, *vault, *log, seen, mark, until, then, *time, *approver, *reason};
}

Result<Unlock> read_unlock(std::string_view text) {
  FieldReader in("unlock", text);
  in.header("pvm-unlock");
  const auto vault = in.field("vault", base::VaultId::from_hex);
  const auto lock = in.field("lock", base::LockId::from_hex);
  const auto time = in.field("time", parse_moment);
  const auto approver = in.field("approver", base::percent_decode);
  if (auto fault = in.finish()) return *fault;
  return Unlock{*vault, *lock, *time, *approver};
}

}  // namespace

std::string_view to_text(ResetKind kind) { return k_kinds[static_cast<std::size_t>(kind)]; }

Result<std::string> encode(const Reset& reset) {
  const std::string_view wrong = field_out_of_place(reset);
  if (!wrong.empty()) {
    return fail(Code::malformed, "reset: the field '" + std::string(wrong) + "' is not as its kind wants it");
  }
  std::string out = "pvm-reset/1\n";
  append_field(out, "what", to_text(reset.kind));
  append_field(out, "vault", reset.vault.hex());
  append_field(out, "log", head_value(reset.log));
  if (reset.seen) append_field(out, "seen", head_value(*reset.seen));
  if (reset.mark) append_field(out, "mark", std::to_string(base::unix_seconds(*reset.mark)));
  if (reset.until) append_field(out, "until", std::to_string(*reset.until));
  if (reset.then) append_field(out, "then", boundary_value(*reset.then));
  append_field(out, "time", std::to_string(base::unix_seconds(reset.time)));
  append_field(out, "approver", base::percent_encode(reset.approver));
  append_field(out, "reason", base::percent_encode(reset.reason));
  return within_limit(std::move(out), "reset");
}

Result<Reset> decode_reset(std::string_view text) {
  if (text.size() > k_grant_max_bytes) return fail(Code::malformed, "reset: the text is over 8 KiB");
  return only_form(read_reset(text), text, "reset");
}

Result<std::string> encode(const Unlock& unlock) {
  if (!is_moment(unlock.time)) return fail(Code::malformed, "unlock: the field 'time' holds what it must not");
  if (!is_label(unlock.approver)) return fail(Code::malformed, "unlock: the field 'approver' holds what it must not");
  std::string out = "pvm-unlock/1\n";
  append_field(out, "vault", unlock.vault.hex());
  append_field(out, "lock", unlock.lock.hex());
  append_field(out, "time", std::to_string(base::unix_seconds(unlock.time)));
  append_field(out, "approver", base::percent_encode(unlock.approver));
  return within_limit(std::move(out), "unlock");
}

Result<Unlock> decode_unlock(std::string_view text) {
  if (text.size() > k_grant_max_bytes) return fail(Code::malformed, "unlock: the text is over 8 KiB");
  return only_form(read_unlock(text), text, "unlock");
}

}  // namespace pvm::model
