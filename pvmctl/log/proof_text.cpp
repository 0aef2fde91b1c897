// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/log/proof_text.hpp"

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "pvmctl/log/lines.hpp"

namespace pvm::pvmctl::log {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view k_inclusion_line = "c2sp.org/tlog-proof@v1";
constexpr std::string_view k_extra = "extra ";
constexpr std::string_view k_index = "index ";
constexpr std::string_view k_old = "old ";

/// What both forms end in.
struct Tail {
  crypto::Proof hashes;
  Checkpoint checkpoint;
};

std::string encode_tail(const crypto::Proof& hashes, const Checkpoint& checkpoint) {
  std::string text;
  for (const base::Digest& hash : hashes) text += base::to_base64(hash) + "\n";
  return text + "\n" + encode(checkpoint) + "\n";
}

Result<Tail> decode_tail(Lines lines) {
  crypto::Proof hashes;
  for (;;) {
    const auto line = lines.next();
    if (!line) return fail(Code::malformed, "the proof ends before its checkpoint");
    if (line->empty()) break;
    const auto hash = base::digest_from_base64(*line);
    if (!hash)
      return fail(Code::malformed, "hash " + std::to_string(hashes.size() + 1) + " of the proof is none");
    if (hashes.size() == k_most_hashes) return fail(Code::malformed, "the proof has too many hashes");
    hashes.push_back(*hash);
  }
  std::string_view body = lines.rest();
  const auto end = body.find("\n\n");
  if (end == std::string_view::npos) {
    return fail(Code::malformed, "the proof's checkpoint does not end in a blank line");
  }
  if (end + 2 != body.size()) {
    return fail(Code::malformed, "the proof's checkpoint has signature lines, and no note key is known here",
                "take away what follows its last blank line");
  }
  auto checkpoint = decode_checkpoint(body.substr(0, end + 1));
  if (!checkpoint) return base::pass_on(checkpoint);
  return Tail{std::move(hashes), *checkpoint};
}

Result<void> check_size(std::string_view text) {
  if (text.size() <= k_proof_text_max_bytes) return {};
  return fail(Code::limit, "the proof is over " + base::human_bytes(k_proof_text_max_bytes));
}

}  // namespace

std::string encode(const InclusionProof& proof) {
  std::string text = std::string(k_inclusion_line) + "\n";
  if (proof.extra) {
    const base::Bytes bytes = base::as_bytes(*proof.extra);
    text += std::string(k_extra) + base::to_base64(bytes.data(), bytes.size()) + "\n";
  }
  return text + std::string(k_index) + std::to_string(proof.index) + "\n" +
         encode_tail(proof.hashes, proof.checkpoint);
}

std::string encode(const ConsistencyProof& proof) {
  return std::string(k_old) + std::to_string(proof.old_size) + "\n" +
         encode_tail(proof.hashes, proof.checkpoint);
}

bool is_inclusion_proof(std::string_view text) {
  return Lines(text).next() == k_inclusion_line;
}

Result<InclusionProof> decode_inclusion(std::string_view text) {
  if (auto fits = check_size(text); !fits) return base::pass_on(fits);
  Lines lines(text);
  if (lines.next() != k_inclusion_line) {
    return fail(Code::malformed, "this is no proof: its first line is not " + std::string(k_inclusion_line));
  }
  std::optional<std::string> extra;
  if (const auto line = lines.next_after(k_extra)) {
    const auto bytes = base::from_base64(*line);
    if (!bytes || bytes->empty()) return fail(Code::malformed, "the proof's extra line is not base64");
    extra = base::as_text(*bytes);
  }
  const auto line = lines.next_after(k_index);
  const auto index = line ? base::parse_decimal(*line, model::k_max_count) : std::nullopt;
  if (!index) return fail(Code::malformed, "the proof does not say its index");
  auto tail = decode_tail(lines);
  if (!tail) return base::pass_on(tail);
  return InclusionProof{std::move(extra), *index, std::move(tail->hashes), tail->checkpoint};
}

Result<ConsistencyProof> decode_consistency(std::string_view text) {
  if (auto fits = check_size(text); !fits) return base::pass_on(fits);
  Lines lines(text);
  const auto line = lines.next_after(k_old);
  const auto old_size = line ? base::parse_decimal(*line, model::k_max_count) : std::nullopt;
  if (!old_size || *old_size == 0) return fail(Code::malformed, "the proof does not say the old size");
  auto tail = decode_tail(lines);
  if (!tail) return base::pass_on(tail);
  return ConsistencyProof{*old_size, std::move(tail->hashes), tail->checkpoint};
}

}  // namespace pvm::pvmctl::log
