// SPDX-License-Identifier: Apache-2.0
// audit verify: is the log whole?
#include <unistd.h>

#include <chrono>
#include <cstdio>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "pvmctl/verbs/audit_verbs.hpp"

namespace pvm::pvmctl {
namespace {

using base::Result;
using Steady = std::chrono::steady_clock;

/// One line on standard error that keeps itself up to date, for a person who has waited a second.
class ProgressLine {
 public:
  ProgressLine() = default;
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() {
    if (is_shown_) std::fputs("\r\x1b[K", stderr);
  }

  void show(std::uint64_t done, std::uint64_t all) {
    if (!is_terminal_ || Steady::now() - begun_ < std::chrono::seconds(1)) return;
    is_shown_ = true;
    const std::string line =
        "\rverifying: " + base::grouped(done) + " of " + base::grouped(all) + " entries\x1b[K";
    std::fputs(line.c_str(), stderr);
    std::fflush(stderr);
  }

 private:
  Steady::time_point begun_ = Steady::now();
  bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
  bool is_shown_ = false;
};

// What the signatures do not bear out is said, not left to be guessed.
std::string boundary_text(const vault::LogReport& report) {
  std::string text;
  if (report.heads_untrusted > 0) {
    text += "  " + base::counted(report.heads_untrusted, "grant is", "grants are") +
            " signed by a key that is not trusted (any more): its head proves nothing\n";
  }
  const std::uint64_t after = report.head.size - report.newest_head;
  if (after > 0) {
    text += "  no signature witnesses the last " + base::counted(after, "entry", "entries") +
            " yet: who can write the vault could rewrite " + (after == 1 ? "it" : "those") + "\n";
  }
  return text;
}

Reply report_reply(const vault::LogReport& report) {
  const bool is_whole = report.faults.empty();
  const std::string root = base::to_base64(report.head.root);
  Reply reply;
  reply.json["whole"] = is_whole;
  reply.json["entries"] = report.head.size;
  reply.json["heads_checked"] = report.heads_checked;
  reply.json["newest_head"] = report.newest_head;
  reply.json["heads_untrusted"] = report.heads_untrusted;
  reply.json["head"]["size"] = report.head.size;
  reply.json["head"]["root"] = root;
  reply.json["faults"] = report.faults;
  if (is_whole) {
    reply.text = "the log is whole: " + base::counted(report.head.size, "entry", "entries") + ", " +
                 (report.heads_checked == 1 ? "1 signed head agrees"
                                            : base::grouped(report.heads_checked) + " signed heads agree") +
                 "\n" + boundary_text(report);
  } else {
    reply.text = "the log is not whole: " + base::counted(report.faults.size(), "fault", "faults") + "\n";
    for (const std::string& fault : report.faults) reply.text += "  " + fault + "\n";
    reply.next_step = "believe nothing from the first fault on; compare with an earlier export";
    reply.status = frontend::k_exit_refused;
  }
  reply.text += "head: " + std::to_string(report.head.size) + " " + root + "\n";
  return reply;
}

Result<Reply> verify(Context& context) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const gate::Signers& trusted = **signers;
  ProgressLine line;
  const auto report = (*vault)->verify_log(
      [&trusted](const vault::StoredGrant& stored) { return gate::judge_grant(stored, trusted); },
      [&line](std::uint64_t done, std::uint64_t all) { line.show(done, all); });
  if (!report) return base::pass_on(report);
  return report_reply(*report);
}

}  // namespace

void add_audit_verify_verb(CLI::App& group, Program& program) {
  add_verb(group, program, "verify", "Hash every entry anew and compare with the heads that approvers signed",
           "pvmctl audit verify", [&program] { return verify(program.context); });
}

}  // namespace pvm::pvmctl
