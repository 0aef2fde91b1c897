// SPDX-License-Identifier: Apache-2.0
// Parts of add_audit_verbs.
#pragma once

#include "pvmctl/cli.hpp"

namespace pvm::pvmctl {

void add_audit_list_verb(CLI::App& group, Program& program);
void add_audit_verify_verb(CLI::App& group, Program& program);
void add_audit_export_verb(CLI::App& group, Program& program);
void add_audit_checkpoint_verb(CLI::App& group, Program& program);
void add_audit_prove_verb(CLI::App& group, Program& program);
void add_audit_accept_break_verb(CLI::App& group, Program& program);
void add_audit_prune_verb(CLI::App& group, Program& program);

/// Whether the present log extends the checkpoint in the file `path`, which a trusted key signed (`path`.sig). A
/// checkpoint that is not to be believed, or not extended, is a reply with k_exit_refused that says why. Reads every
/// record up to the checkpoint. Errors: files that cannot be read; what the vault says.
[[nodiscard]] base::Result<Reply> verify_against_checkpoint(Context& context, const std::string& path);

/// What `audit verify --proof` is given; empty where not.
struct ProofFiles {
  std::string proof;
  std::string record;
  std::string checkpoint;
};
/// Judges a proof without a vault. A tlog-proof is of `record`, in the tree of `checkpoint` where that is given; else
/// in the tree of a head that nobody signed, which the reply says. A consistency proof is since `checkpoint`. What is
/// no good is a reply with k_exit_refused. Errors: usage, where a file is lacking; files that cannot be read.
[[nodiscard]] base::Result<Reply> verify_proof(Context& context, const ProofFiles& files);

}  // namespace pvm::pvmctl
