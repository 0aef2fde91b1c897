// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/log/seen.hpp"

#include <algorithm>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/system/places.hpp"
#include "pvmctl/log/fast_means.hpp"
#include "pvmctl/ui/progress_line.hpp"

namespace pvm::pvmctl::log {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr const char* k_verify_hint = "see what is wrong with: pvmctl audit verify";
constexpr const char* k_break_hint =
    "look at it first: pvmctl audit verify; if you know why (an old copy was put back, say), accept the log "
    "as it is: "
    "pvmctl audit accept-break --reason '…'";

std::string entries_and_head(const model::TreeHead& head) {
  return base::counted(head.size, "entry", "entries") + " (head " + brief_root(head) + "…)";
}

base::Failure not_what_was_seen(vault::Vault& vault, const SeenHead& seen) {
  const auto now = vault.durable_head();
  if (!now) return base::pass_on(now);
  const std::string change =
      now->size < seen.head.size ? ", fewer than before" : ", and they do not begin with those";
  return fail(Code::broken,
              "the audit log is not the one that you saw: on " + base::iso_time(seen.time) + " it had " +
                  entries_and_head(seen.head) + "; now it has " + entries_and_head(*now) + change,
              k_break_hint);
}

Result<crypto::TreeEdge> extend(vault::Vault& vault, const crypto::TreeEdge& from) {
  ui::ProgressLine line("looking at the audit log");
  return vault.extend(from, [&line](std::uint64_t done, std::uint64_t all) { line.show(done, all); });
}

/// "verifying", "verifying, pass 2 of 4"
std::string doing_at(const vault::LogPosition& at) {
  if (at.stage == vault::LogStage::grants) return "verifying signatures";
  if (at.passes == 1) return "verifying";
  return "verifying, pass " + std::to_string(at.pass) + " of " + std::to_string(at.passes);
}

}  // namespace

std::string brief_root(const model::TreeHead& head) {
  return base::to_base64(head.root).substr(0, 8);
}

Result<HeadsFile> heads_file(const Context& context) {
  auto directory = system::own_state_directory(context.environment());
  if (!directory) return base::pass_on(directory);
  return HeadsFile(std::move(*directory));
}

Result<SeenLog> seen_log(Context& context) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto file = heads_file(context);
  if (!file) return base::pass_on(file);
  return file->read((*vault)->id());
}

Result<model::TreeHead> look_at_log(Context& context, const vault::LogReport* whole) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto file = heads_file(context);
  if (!file) return base::pass_on(file);
  const auto seen = file->read((*vault)->id());
  if (!seen) return base::pass_on(seen);
  // Up to its newest head the log was held against what this person remembers.
  const bool is_verified = whole != nullptr && seen->edge.size() <= whole->newest_head;
  const auto now = extend(**vault, is_verified ? whole->edge : seen->edge);
  if (!now) {
    if (now.error().code != Code::broken) return base::pass_on(now);
    if (!seen->heads.empty()) return not_what_was_seen(**vault, seen->heads.back());
    return fail(Code::broken, now.error().message, k_verify_hint);
  }
  if (auto kept = file->remember((*vault)->id(), *now, context.now()); !kept) return base::pass_on(kept);
  return now->head();
}

vault::LogWitnesses witnesses(const gate::Signers& trusted, const SeenLog& seen) {
  vault::LogWitnesses all{
      [&trusted](const vault::StoredGrant& stored) { return gate::judge_grant(stored, trusted); },
      [&trusted](const vault::KeptStatement& kept) { return gate::judge_statement(kept, trusted); },
      {},
      fast_means()};
  for (const SeenHead& one : seen.heads) all.outside.push_back({one.head, "your look on " + base::iso_time(one.time)});
  return all;
}

Result<vault::LogReport> verify_log(Context& context) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const auto seen = seen_log(context);
  if (!seen) return base::pass_on(seen);
  std::optional<ui::ProgressLine> line;
  std::string doing;
  return (*vault)->verify_log(witnesses(**signers, *seen), [&](const vault::LogPosition& at) {
    if (std::string now = doing_at(at); now != doing) {
      doing = std::move(now);
      line.emplace(doing, at.stage == vault::LogStage::grants ? "grants" : "entries");
    }
    line->show(at.done, at.all);
  });
}

Result<Break> find_break(Context& context) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto seen = seen_log(context);
  if (!seen) return base::pass_on(seen);
  if (seen->heads.empty()) {
    return fail(Code::conflict, "there is nothing to accept: you remember no head of this vault's log yet");
  }
  const auto extended = extend(**vault, seen->edge);
  if (extended) {
    return fail(Code::conflict, "there is nothing to accept: the log extends what you saw on " +
                                    base::iso_time(seen->heads.back().time));
  }
  if (extended.error().code != Code::broken) return base::pass_on(extended);

  const auto head = (*vault)->durable_head();
  if (!head) return base::pass_on(head);
  Break found{seen->heads.back(), {}, std::nullopt};
  auto next = seen->heads.begin();
  ui::ProgressLine line("looking at the audit log");
  const auto take = [&](std::uint64_t entry, const base::Digest& leaf) {
    found.now.append(leaf);
    next = std::find_if(next, seen->heads.end(),
                        [entry](const SeenHead& one) { return one.head.size >= entry; });
    if (next != seen->heads.end() && next->head.size == entry && next->head == found.now.head())
      found.common = *next;
    if (entry % 65536 == 0) line.show(entry, head->size);
  };
  const auto read = (*vault)->each_leaf(1, head->size, take);
  if (!read && read.error().code != Code::broken) return base::pass_on(read);
  if (read && found.now.head() == *head) return found;
  return fail(
      Code::broken,
      "the audit log is damaged in itself, so there is nothing to go on from: its entries do not hash to its "
      "head",
      std::string(k_verify_hint) + "; then put back a backup: pvmctl restore FILE");
}

}  // namespace pvm::pvmctl::log
