// SPDX-License-Identifier: Apache-2.0
// audit verify: is the log whole?
#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "pvmctl/log/seen.hpp"
#include "pvmctl/verbs/audit_verbs.hpp"

namespace pvm::pvmctl {
namespace {

using base::Result;

/// "3 signed heads and 1 remembered head agree"
std::string agreeing_heads(const vault::LogReport& report) {
  if (report.heads_checked + report.heads_outside == 0) return "no head to compare with yet";
  std::string text;
  if (report.heads_checked > 0) text = base::counted(report.heads_checked, "signed head", "signed heads");
  if (report.heads_outside > 0) {
    text += (text.empty() ? "" : " and ") + base::counted(report.heads_outside, "remembered head", "remembered heads");
  }
  return text + (report.heads_checked + report.heads_outside == 1 ? " agrees" : " agree");
}

/// "entries 3 to 5", "entry 5"
std::string entries_named(std::uint64_t first, std::uint64_t last) {
  if (first == last) return "entry " + base::grouped(first);
  return "entries " + base::grouped(first) + " to " + base::grouped(last);
}

/// What became of the head that was found, for the next time.
using Remembered = Result<model::TreeHead>;

// What nobody's head bears out is said, not left to be guessed.
std::string boundary_text(const vault::LogReport& report, const Remembered& remembered) {
  std::string text;
  if (report.head.size > report.newest_head) {
    const bool is_one = report.head.size - report.newest_head == 1;
    text = "  " + entries_named(report.newest_head + 1, report.head.size) + (is_one ? " is" : " are") +
           " newer than every head so far: who can write the vault could have rewritten " +
           (is_one ? "it" : "them") + " unseen\n";
    if (remembered) text += std::string("  from now on ") + (is_one ? "it is" : "they are") + " remembered\n";
  }
  if (!remembered) text += "  this could not be remembered: " + remembered.error().message + "\n";
  return text;
}

// What approvers took out of the proof, and what proves less than it seems to.
std::string exceptions_text(const vault::LogReport& report) {
  std::string text;
  if (report.pruned_until > 0) {
    text += "  " + entries_named(1, report.pruned_until) + ": pruned, only the hash of each is left\n";
  }
  for (const std::string& reset : report.resets) text += "  " + reset + "\n";
  if (report.heads_set_aside > 0) {
    text += "  " + base::counted(report.heads_set_aside, "signed head contradicts", "signed heads contradict") +
            " the log, from before a break that was accepted\n";
  }
  if (report.heads_untrusted > 0) {
    text += "  " + base::counted(report.heads_untrusted, "statement is", "statements are") +
            " signed by a key that is not trusted (any more): its head proves nothing\n";
  }
  return text;
}

Json report_json(const vault::LogReport& report) {
  Json json;
  json["whole"] = report.faults.empty();
  json["entries"] = report.head.size;
  json["heads_checked"] = report.heads_checked;
  json["heads_remembered"] = report.heads_outside;
  json["newest_head"] = report.newest_head;
  json["heads_untrusted"] = report.heads_untrusted;
  json["heads_set_aside"] = report.heads_set_aside;
  json["pruned_until"] = report.pruned_until;
  json["set_aside"] = Json::array();
  for (const std::string& reset : report.resets) json["set_aside"].push_back(json_text(reset));
  json["head"]["size"] = report.head.size;
  json["head"]["root"] = base::to_base64(report.head.root);
  json["faults"] = report.faults;
  return json;
}

std::string head_text(const model::TreeHead& head) {
  return "head: " + std::to_string(head.size) + " " + base::to_base64(head.root) + "\n";
}

Reply whole_reply(const vault::LogReport& report, const Remembered& remembered) {
  Reply reply;
  reply.json = report_json(report);
  reply.json["remembered"] = remembered.has_value();
  reply.text = "the log is whole: " + base::counted(report.head.size, "entry", "entries") + ", " +
               agreeing_heads(report) + "\n" + boundary_text(report, remembered) + exceptions_text(report) +
               head_text(report.head);
  return reply;
}

Reply faults_reply(const vault::LogReport& report) {
  Reply reply;
  reply.json = report_json(report);
  reply.text = "the log is not whole: " + base::counted(report.faults.size(), "fault", "faults") + "\n";
  for (const std::string& fault : report.faults) reply.text += "  " + fault + "\n";
  if (report.newest_head > 0) {
    reply.text += "  up to entry " + base::grouped(report.newest_head) +
                  " the records are what they were: a head agrees there\n";
  }
  reply.text += exceptions_text(report) + head_text(report.head);
  reply.next_step = "believe nothing from the first fault on; compare with an earlier export";
  reply.status = frontend::k_exit_refused;
  return reply;
}

Result<Reply> verify(Context& context) {
  const auto report = log::verify_log(context);
  if (!report) return base::pass_on(report);
  if (!report->faults.empty()) return faults_reply(*report);
  // What was found whole is what later logs are held against. Where that fails, the verdict is told all the same.
  return whole_reply(*report, log::look_at_log(context, &*report));
}

/// The log against a checkpoint that was kept, and then by itself.
Result<Reply> verify_since(Context& context, const std::string& checkpoint) {
  auto against = verify_against_checkpoint(context, checkpoint);
  if (!against) return against;
  Json told = std::move(against->json);
  if (against->status != frontend::k_exit_done) {
    against->json = Json::object();
    against->json["checkpoint"] = std::move(told);
    return against;
  }
  auto reply = verify(context);
  if (!reply) return reply;
  reply->text = against->text + reply->text;
  reply->json["checkpoint"] = std::move(told);
  return reply;
}

Result<Reply> verify_given(Context& context, const ProofFiles& files) {
  if (!files.proof.empty()) return verify_proof(context, files);
  return files.checkpoint.empty() ? verify(context) : verify_since(context, files.checkpoint);
}

}  // namespace

void add_audit_verify_verb(CLI::App& group, Program& program) {
  const auto files = std::make_shared<ProofFiles>();
  CLI::App* verb = add_verb(group, program, "verify",
                            "hash every entry anew; compare with the heads that approvers signed and that you remember",
                            "pvmctl audit verify",
                            [&program, files] { return verify_given(program.context, *files); });
  verb->add_option("--checkpoint", files->checkpoint, "the log must also extend this checkpoint (signed in FILE.sig)");
  CLI::Option* proof = verb->add_option("--proof", files->proof, "judge this proof instead, without a vault");
  verb->add_option("--record", files->record, "the record that the proof is of")->needs(proof);
}

}  // namespace pvm::pvmctl
