// SPDX-License-Identifier: Apache-2.0
// How verbs are hung into the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "pvmctl/context.hpp"
#include "pvmctl/help.hpp"
#include "pvmctl/reply.hpp"

namespace pvm::pvmctl {

/// The program while it parses: the chosen verb's work ends up in `run`.
struct Program {
  Context& context;
  Format format = Format::text;
  std::function<base::Result<Reply>()> run;
  /// --host: the ssh destination where the verb is to be done; empty: here.
  std::string host = {};
  /// Verbs that take a command: what follows their first "--" goes to `command` as it was typed. The option
  /// parser never sees it (it would read "[a,b]" as two words, and swallow a "--" after an option with an
  /// optional value).
  std::vector<std::string> command_verbs = {};
  std::vector<std::string> command = {};
  std::shared_ptr<HelpFormatter> help = std::make_shared<HelpFormatter>();
};

/// `verb`, the word after "pvmctl" of which is `first`, takes a command after "--"; its usage line ends in `words`.
void take_command(Program& program, CLI::App* verb, const std::string& first, const std::string& words);

/// Adds verb `name` with `--json` and a footer that shows `example`. `work` is called when the verb was chosen and
/// its words were parsed; it may capture the verb's options by shared_ptr.
CLI::App* add_verb(CLI::App& parent, Program& program, const std::string& name, const std::string& description,
                   const std::string& example, std::function<base::Result<Reply>()> work);
/// A verb that only has verbs of its own ("audit", "trust").
CLI::App* add_group(CLI::App& parent, const std::string& name, const std::string& description);

// Each adds the verbs of one file under verbs/.
void add_init_verb(CLI::App& app, Program& program);        // init
void add_request_verbs(CLI::App& app, Program& program);    // request, wait, status, cancel, check
void add_review_verbs(CLI::App& app, Program& program);     // pending, show
void add_approve_verbs(CLI::App& app, Program& program);    // approve, deny
void add_allow_verb(CLI::App& app, Program& program);       // allow
void add_grants_verbs(CLI::App& app, Program& program);     // grants, revoke, grant show and verify
void add_lock_verbs(CLI::App& app, Program& program);       // lock, unlock, panic
void add_trust_verbs(CLI::App& app, Program& program);      // trust list, add, remove
void add_scope_verbs(CLI::App& app, Program& program);      // scope match, explain
void add_audit_verbs(CLI::App& app, Program& program);      // audit and its verbs
void add_upkeep_verbs(CLI::App& app, Program& program);     // backup, migrate
void add_keep_verb(CLI::App& app, Program& program);        // keep
void add_notify_verbs(CLI::App& app, Program& program);     // notify test
void add_restore_verb(CLI::App& app, Program& program);     // restore
void add_login_verb(CLI::App& app, Program& program);       // login
void add_serve_verb(CLI::App& app, Program& program);       // serve
void add_shim_verbs(CLI::App& app, Program& program);       // shim and its verbs
void add_doctor_verb(CLI::App& app, Program& program);      // doctor

}  // namespace pvm::pvmctl
