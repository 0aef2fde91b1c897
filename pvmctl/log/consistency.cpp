// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/log/consistency.hpp"

#include "libpvm/base/text.hpp"
#include "pvmctl/log/seen.hpp"

namespace pvm::pvmctl::log {
namespace {

using base::Code;
using base::fail;
using base::Result;

std::string in_words(const model::TreeHead& head) {
  return base::counted(head.size, "entry", "entries") + " (head " + brief_root(head) + "…)";
}

}  // namespace

Result<Testified> testify(vault::Vault& vault, const model::TreeHead& head, std::uint64_t since) {
  if (since > head.size) {
    return fail(Code::broken, "the audit log has " + in_words(head) + ", and you saw " + base::grouped(since),
                "see what is wrong with: pvmctl audit verify");
  }
  std::optional<crypto::ProofBuilder> builder;
  if (since > 0) {
    auto made = crypto::ProofBuilder::of_consistency(since, head.size);
    if (!made) return base::pass_on(made);
    builder.emplace(std::move(*made));
  }
  Testified testified;
  const auto read = vault.each_leaf(1, head.size, [&](std::uint64_t, const base::Digest& leaf) {
    if (builder) builder->take(leaf);
    testified.edge.append(leaf);
  });
  if (!read) return base::pass_on(read);
  if (testified.edge.head() != head) {
    return fail(Code::broken, "the audit log does not hash to its head", "see what is wrong with: pvmctl audit verify");
  }
  if (!builder) return testified;
  auto proof = builder->finish();
  if (!proof) return base::pass_on(proof);
  testified.proof = std::move(*proof);
  return testified;
}

Result<void> judge(const Testified& testified, const model::TreeHead& head, const SeenLog& seen) {
  if (testified.edge.head() != head) return fail(Code::malformed, "what it testifies is not about the log in the draft");
  if (seen.heads.empty()) return {};
  const SeenHead& newest = seen.heads.back();
  if (crypto::verify_consistency(newest.head, head, testified.proof)) return {};
  return fail(Code::broken,
              "its audit log is not the one that you saw: on " + base::iso_time(newest.time) + " it had " +
                  in_words(newest.head) + "; now it has " + in_words(head) +
                  (head.size < newest.head.size ? ", fewer than before" : ", and no proof that they begin with those"),
              "nothing was signed; look at it on that machine: pvmctl audit verify");
}

}  // namespace pvm::pvmctl::log
