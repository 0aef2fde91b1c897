// SPDX-License-Identifier: Apache-2.0
// Parts of audit verify: the log against a checkpoint that was kept, and a proof that was handed over.
#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "pvmctl/audit_view.hpp"
#include "pvmctl/approval/given_file.hpp"
#include "pvmctl/log/proof_text.hpp"
#include "pvmctl/log/signed_checkpoint.hpp"
#include "pvmctl/verbs/audit_verbs.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;

/// More than a record with the longest scope and details has.
constexpr std::size_t k_record_max_bytes = 16 * 1024 * 1024;

Json head_json(const model::TreeHead& head) {
  Json json;
  json["size"] = head.size;
  json["root"] = base::to_base64(head.root);
  return json;
}

Reply verdict(bool holds, std::string text) {
  Reply reply;
  reply.text = std::move(text);
  reply.json["holds"] = holds;
  if (!holds) reply.status = frontend::k_exit_refused;
  return reply;
}

/// What is not to be believed is an answer, not a failure to answer.
Result<Reply> no_good(const base::Error& error) {
  if (error.code != Code::untrusted && error.code != Code::malformed && error.code != Code::limit) {
    return base::Failure(error);
  }
  Reply reply = verdict(false, "no good: " + error.message + "\n");
  reply.json["why"] = error.message;
  reply.next_step = error.hint;
  return reply;
}

std::string by_whom(const log::SignedCheckpoint& kept) {
  return "the checkpoint of " + entries_text(kept.checkpoint.head.size) + " that " +
         base::quoted(kept.approver) + " signed";
}

Result<Reply> verify_inclusion_proof(const std::string& text, const std::string& record_path,
                                     const std::optional<log::SignedCheckpoint>& kept) {
  if (record_path.empty()) {
    return fail(Code::usage, "the proof is of a record, which it does not hold",
                "give it too: --record FILE");
  }
  const auto record = approval::read_given_file(record_path, k_record_max_bytes);
  if (!record) return base::pass_on(record);
  const auto proof = log::decode_inclusion(text);
  if (!proof) return no_good(proof.error());
  const auto entry = vault::decode_record(*record);
  if (!entry) return no_good(entry.error());
  const log::Checkpoint& in = proof->checkpoint;
  if (kept && in != kept->checkpoint) {
    return verdict(false, "no good: the proof is in another tree than " + by_whom(*kept) + "\n");
  }
  const std::string name = "entry " + std::to_string(proof->index + 1);
  if (entry->entry != proof->index + 1) {
    return verdict(false, "no good: the proof is of " + name + ", the record that of entry " +
                              std::to_string(entry->entry) + "\n");
  }
  if (!crypto::verify_inclusion(crypto::leaf_hash(*record), proof->index, in.head, proof->hashes)) {
    return verdict(false, "no good: the proof does not lead from the record to the root of its tree\n");
  }
  Reply reply = verdict(true, "the record is " + name + " of vault " + in.vault.hex() + ", as ");
  if (kept) {
    reply.text += by_whom(*kept) + " has it\n";
    reply.json["approver"] = json_text(kept->approver);
  } else {
    reply.text += "this head has it:\n" + log::encode(in);
    reply.next_step =
        "this head is signed by nobody: compare it with one that you trust, or give --checkpoint FILE";
  }
  reply.json["vault"] = in.vault.hex();
  reply.json["entry"] = entry->entry;
  reply.json["head"] = head_json(in.head);
  reply.json["signed"] = kept.has_value();
  return reply;
}

Result<Reply> verify_consistency_proof(const std::string& text,
                                       const std::optional<log::SignedCheckpoint>& kept) {
  if (!kept) {
    return fail(Code::usage, "the proof is since a checkpoint, which it does not hold",
                "give it too: --checkpoint FILE");
  }
  const auto proof = log::decode_consistency(text);
  if (!proof) return no_good(proof.error());
  const log::Checkpoint& old = kept->checkpoint;
  if (proof->checkpoint.vault != old.vault || proof->old_size != old.head.size) {
    return verdict(false, "no good: the proof is not since " + by_whom(*kept) + "\n");
  }
  if (!crypto::verify_consistency(old.head, proof->checkpoint.head, proof->hashes)) {
    return verdict(false, "no good: the proof does not lead from " + by_whom(*kept) + " to its own head\n");
  }
  Reply reply = verdict(true, "this head extends " + by_whom(*kept) + ":\n" + log::encode(proof->checkpoint));
  reply.json["vault"] = old.vault.hex();
  reply.json["approver"] = json_text(kept->approver);
  reply.json["old_head"] = head_json(old.head);
  reply.json["head"] = head_json(proof->checkpoint.head);
  return reply;
}

}  // namespace

Result<Reply> verify_against_checkpoint(Context& context, const std::string& path) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const auto kept = log::read_signed_checkpoint(path, **signers, context.now());
  if (!kept) return no_good(kept.error());
  const model::TreeHead& old = kept->checkpoint.head;
  if (kept->checkpoint.vault != (*vault)->id()) {
    return verdict(false, by_whom(*kept) + " is of another vault, " + kept->checkpoint.vault.hex() + "\n");
  }
  const auto present = (*vault)->durable_head();
  if (!present) return base::pass_on(present);
  if (present->size < old.size) {
    return verdict(false, "the log was cut or put back: it has " + entries_text(present->size) +
                              " now, and had " + base::grouped(old.size) + " when " +
                              base::quoted(kept->approver) + " signed\n");
  }
  crypto::TreeEdge edge;
  auto read = (*vault)->each_leaf(1, old.size,
                                  [&edge](std::uint64_t, const base::Digest& leaf) { edge.append(leaf); });
  if (!read) return base::pass_on(read);
  const bool holds = edge.head() == old;
  Reply reply =
      verdict(holds, holds ? "the log extends " + by_whom(*kept) + "\n"
                           : "the log was rewritten: its first " + entries_text(old.size) +
                                 " are not those that " + base::quoted(kept->approver) + " signed\n");
  reply.json["approver"] = json_text(kept->approver);
  reply.json["signed_head"] = head_json(old);
  reply.json["head"] = head_json(*present);
  return reply;
}

Result<Reply> verify_proof(Context& context, const ProofFiles& files) {
  std::optional<log::SignedCheckpoint> kept;
  if (!files.checkpoint.empty()) {
    const auto signers = context.signers();
    if (!signers) return base::pass_on(signers);
    auto read = log::read_signed_checkpoint(files.checkpoint, **signers, context.now());
    if (!read) return no_good(read.error());
    kept = std::move(*read);
  }
  const auto text = approval::read_given_file(files.proof, log::k_proof_text_max_bytes);
  if (!text) return no_good(text.error());
  if (log::is_inclusion_proof(*text)) return verify_inclusion_proof(*text, files.record, kept);
  return verify_consistency_proof(*text, kept);
}

}  // namespace pvm::pvmctl
