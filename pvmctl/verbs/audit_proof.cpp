// SPDX-License-Identifier: Apache-2.0
// audit prove: that an entry is in the log, or that the log extends an earlier head; for other people's
// tools.
#include <optional>
#include <vector>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "pvmctl/log/proof_text.hpp"
#include "pvmctl/log/signed_checkpoint.hpp"
#include "pvmctl/new_files.hpp"
#include "pvmctl/ui/progress_line.hpp"
#include "pvmctl/verbs/audit_verbs.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::Digest;
using base::fail;
using base::Result;
using crypto::ProofBuilder;

struct ProveOptions {
  std::uint64_t entry = 0;  // 0: none
  std::string since;
  std::string checkpoint;
  std::string out;
  std::string record;
};

constexpr std::uint64_t k_progress_step = 65536;
constexpr const char* k_verify_hint = "see what is wrong with: pvmctl audit verify";

base::Failure broken(std::string message) {
  return fail(Code::broken, std::move(message), k_verify_hint);
}

/// The checkpoint in the file `path`, of this vault and not longer than its log.
Result<log::Checkpoint> kept_checkpoint(const std::string& path, vault::Vault& vault, std::uint64_t present) {
  auto kept = log::read_checkpoint(path);
  if (!kept) return kept;
  if (kept->vault != vault.id()) {
    return fail(Code::conflict,
                base::quoted(path) + " is a checkpoint of another vault, " + kept->vault.hex());
  }
  if (kept->head.size > present) {
    return broken("the log has " + base::counted(present, "entry", "entries") + ", and had " +
                  base::grouped(kept->head.size) + " when " + base::quoted(path) + " was written");
  }
  return kept;
}

/// The tree that the proof is to be in: that of a kept checkpoint, or the present one.
Result<log::Checkpoint> find_target(const std::string& path, vault::Vault& vault,
                                    const model::TreeHead& present) {
  if (!path.empty()) return kept_checkpoint(path, vault, present.size);
  return log::Checkpoint{vault.id(), present};
}

/// What one reading of the leaves of `target` tells.
struct Reading {
  crypto::Proof proof;
  Digest leaf{};             // of entry `mark`
  model::TreeHead old_head;  // of the first `mark` entries
};

Result<Reading> read_leaves(vault::Vault& vault, ProofBuilder builder, const model::TreeHead& target,
                            std::uint64_t mark) {
  Reading reading;
  crypto::TreeEdge edge;
  ui::ProgressLine line("hashing");
  auto done = vault.each_leaf(1, target.size, [&](std::uint64_t entry, const Digest& leaf) {
    builder.take(leaf);
    edge.append(leaf);
    if (entry % k_progress_step == 0) line.show(entry, target.size);
    if (entry != mark) return;
    reading.leaf = leaf;
    reading.old_head = edge.head();
  });
  if (!done) return base::pass_on(done);
  if (edge.head() != target) {
    return broken("the first " + base::counted(target.size, "entry does", "entries do") +
                  " not hash to the head that they should have");
  }
  auto proof = builder.finish();
  if (!proof) return base::pass_on(proof);
  reading.proof = std::move(*proof);
  return reading;
}

/// The record of an entry, or nullopt where it was pruned. Errors: broken, where it is not what `leaf` is the
/// hash of.
Result<std::optional<std::string>> find_record(vault::Vault& vault, std::uint64_t number,
                                               const Digest& leaf) {
  std::optional<std::string> record;
  auto done = vault.each_entry(number, [&](const vault::AuditEntry& entry) {
    if (entry.entry == number) record = vault::encode_record(entry);
    return vault::Vault::Visit::stop;
  });
  if (!done) return base::pass_on(done);
  if (record && crypto::leaf_hash(*record) != leaf) {
    return broken("entry " + std::to_string(number) + " is not the one that the log's head was made with");
  }
  return record;
}

Json proof_json(const crypto::Proof& proof, const log::Checkpoint& checkpoint) {
  Json json;
  json["origin"] = log::origin_of(checkpoint.vault);
  json["size"] = checkpoint.head.size;
  json["root"] = base::to_base64(checkpoint.head.root);
  json["hashes"] = Json::array();
  for (const Digest& hash : proof) json["hashes"].push_back(base::to_base64(hash));
  return json;
}

/// Puts what was proved into files, or into the text of the reply.
Result<Reply> deliver(Reply reply, std::string proof, const std::optional<std::string>& record,
                      const ProveOptions& options) {
  reply.json["proof"] = proof;
  std::vector<NewFile> files;
  if (!options.record.empty()) files.push_back({options.record, *record});
  if (!options.out.empty()) files.push_back({options.out, proof});
  if (auto done = write_new_files(files); !done) return base::pass_on(done);
  reply.json["files"] = Json::array();
  for (const NewFile& file : files) {
    reply.text += "wrote " + base::quoted(file.path) + "\n";
    reply.json["files"].push_back(json_text(file.path));
  }
  if (options.out.empty()) reply.text = std::move(proof);  // as it is, for a pipe
  return reply;
}

Result<Reply> prove_entry(vault::Vault& vault, const model::TreeHead& present, const ProveOptions& options) {
  const auto target = find_target(options.checkpoint, vault, present);
  if (!target) return base::pass_on(target);
  if (options.entry > target->head.size) {
    return fail(Code::usage, "there is no entry " + std::to_string(options.entry) + " among " +
                                 base::grouped(target->head.size));
  }
  const std::uint64_t index = options.entry - 1;
  auto builder = ProofBuilder::of_inclusion(index, target->head.size);
  if (!builder) return base::pass_on(builder);
  auto reading = read_leaves(vault, std::move(*builder), target->head, options.entry);
  if (!reading) return base::pass_on(reading);
  const auto record = find_record(vault, options.entry, reading->leaf);
  if (!record) return base::pass_on(record);
  if (!*record && !options.record.empty()) {
    return fail(Code::missing, "the text of entry " + std::to_string(options.entry) + " was pruned",
                "leave out --record: the proof itself can still be had");
  }
  Reply reply;
  reply.json = proof_json(reading->proof, *target);
  reply.json["entry"] = options.entry;
  reply.json["index"] = index;
  reply.json["leaf"] = base::to_base64(reading->leaf);
  reply.json["record"] = nullptr;
  if (*record) {
    const base::Bytes bytes = base::as_bytes(**record);
    reply.json["record"] = base::to_base64(bytes.data(), bytes.size());
  }
  if (!options.out.empty()) {
    reply.next_step =
        "whoever gets it also needs the record (--record FILE), and a checkpoint of the same tree that "
        "they trust";
  }
  return deliver(std::move(reply), log::encode(log::InclusionProof{{}, index, reading->proof, *target}),
                 *record, options);
}

Result<Reply> prove_since(vault::Vault& vault, const model::TreeHead& present, const ProveOptions& options) {
  const auto target = find_target(options.checkpoint, vault, present);
  if (!target) return base::pass_on(target);
  std::optional<log::Checkpoint> kept;
  auto old_size = base::parse_decimal(options.since, model::k_max_count);
  if (!old_size) {
    const auto read = kept_checkpoint(options.since, vault, present.size);
    if (!read) return base::pass_on(read);
    kept = *read;
    old_size = kept->head.size;
  }
  if (*old_size == 0 || *old_size > target->head.size) {
    return fail(Code::usage, "nothing can be proved since entry " + std::to_string(*old_size) + " of " +
                                 base::grouped(target->head.size));
  }
  auto builder = ProofBuilder::of_consistency(*old_size, target->head.size);
  if (!builder) return base::pass_on(builder);
  auto reading = read_leaves(vault, std::move(*builder), target->head, *old_size);
  if (!reading) return base::pass_on(reading);
  if (kept && kept->head != reading->old_head) {
    return broken("the first " + base::counted(*old_size, "entry is", "entries are") + " not what " +
                  base::quoted(options.since) + " was written of");
  }
  Reply reply;
  reply.json = proof_json(reading->proof, *target);
  reply.json["old_size"] = *old_size;
  reply.json["old_root"] = base::to_base64(reading->old_head.root);
  return deliver(std::move(reply), log::encode(log::ConsistencyProof{*old_size, reading->proof, *target}),
                 std::nullopt, options);
}

Result<Reply> prove(Context& context, const ProveOptions& options) {
  if ((options.entry == 0) == options.since.empty()) {
    return fail(Code::usage, "say what to prove: an entry, or the log since a checkpoint",
                "such as: --entry 12, or --since log.checkpoint");
  }
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto present = (*vault)->durable_head();
  if (!present) return base::pass_on(present);
  if (options.entry != 0) return prove_entry(**vault, *present, options);
  return prove_since(**vault, *present, options);
}

}  // namespace

void add_audit_prove_verb(CLI::App& group, Program& program) {
  const auto options = std::make_shared<ProveOptions>();
  CLI::App* verb =
      add_verb(group, program, "prove", "prove that the log holds an entry, or extends a checkpoint",
               "pvmctl audit prove --entry 12 --out entry12.tlog-proof --record entry12.record",
               [&program, options] { return prove(program.context, *options); });
  CLI::Option* entry =
      verb->add_option("--entry", options->entry, "the number of the entry that the log holds")
          ->check(CLI::Range(std::uint64_t{1}, model::k_max_count));
  verb->add_option("--since", options->since,
                   "the log extends this: the file of a checkpoint, or a number of entries")
      ->excludes(entry);
  verb->add_option("--checkpoint", options->checkpoint,
                   "in the log as this checkpoint knows it; else as it is now");
  verb->add_option("--out", options->out, "a file that is not there yet; else standard output");
  verb->add_option("--record", options->record,
                   "write the entry's record, which is what is proved, to this new file")
      ->needs(entry);
}

}  // namespace pvm::pvmctl
