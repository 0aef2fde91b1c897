// SPDX-License-Identifier: Apache-2.0
#include "libpvm/frontend/wording.hpp"

#include <algorithm>

#include "libpvm/base/text.hpp"

namespace pvm::frontend {
namespace {

using Reason = gate::Refusal::Reason;

/// Builds the lines of one message, each with the program's name in front.
class Message {
 public:
  explicit Message(const Tool& tool) : tool_(tool) {}
  Message& line(std::string_view text) {
    text_.append(tool_.program).append(": ").append(text).append("\n");
    return *this;
  }
  Message& hint(std::string_view text) { return line("hint: " + std::string(text)); }
  Message& indented(std::string_view text) {
    text_.append("  ").append(text).append("\n");
    return *this;
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  const Tool& tool_;
  std::string text_;
};

std::string_view kind_name(char type) {
  switch (type) {
    case 'd': return "directory";
    case 'u': return "directory that cannot be read";
    case 'l': return "symbolic link";
    case 'p': return "FIFO";
    case 's': return "socket";
    case 'b':
    case 'c': return "device";
    default: return "file";
  }
}

std::string plural(std::uint64_t n, std::string_view one, std::string_view many) {
  return std::to_string(n) + " " + std::string(n == 1 ? one : many);
}

const model::OperandEffect* find_operand(const model::Effect& effect, const std::string& name) {
  const auto found = std::ranges::lower_bound(effect.operands, name, {}, &model::OperandEffect::operand);
  const bool is_there = found != effect.operands.end() && found->operand == name && !found->entries.empty();
  return is_there ? &*found : nullptr;
}

std::string describe_in(const base::Result<model::Effect>& effect, const model::Resource& resource,
                        const vault::Wish& wish) {
  std::string text = base::quoted(resource.name);
  if (!effect) {
    if (wish.operation.resources.size() != 1) return text;
    // Too large to be listed, or the list is not kept any more.
    const bool is_directory = wish.summary.refs == 0 && (wish.summary.directories > 0 || wish.summary.completeness != model::Completeness::whole);
    return text + (is_directory ? " (directory, " : " (") + model::to_text(wish.summary) + ")";
  }
  for (const model::Push& push : effect->pushes) {
    for (const model::RefUpdate& update : push.updates) {
      if (model::resource_of(push, update) == resource.name) return text + " (" + model::describe(update) + ")";
    }
  }
  const model::OperandEffect* operand = find_operand(*effect, resource.name);
  if (operand == nullptr) return text;
  const char type = operand->entries.front().type;
  text += " (" + std::string(kind_name(type));
  const model::EffectSummary summary = model::summarise(*operand);
  if (type == 'd' && resource.extent == model::Extent::tree) {
    text += ", " + plural(summary.files, "file", "files") + ", " + base::human_bytes(summary.bytes);
  } else if (type == 'f') {
    text += ", " + base::human_bytes(summary.bytes);
  }
  return text + ")";
}

std::string nothing_done(const Tool& tool) { return "nothing was " + std::string(tool.done); }

// The same, and where that is so why there is no asking.
std::string ending(const Tool& tool, const gate::Refusal& refusal) {
  return nothing_done(tool) + (refusal.is_final ? "; nobody can be asked here" : "");
}

std::string to_do(const Tool& tool, const gate::Refusal& refusal) {
  return std::string(tool.verb) + " " + describe(refusal.lacking.front(), refusal.wish);
}

// One line where one thing lacks a grant; else a line that counts, and each of them named.
void name_lacking(Message& message, const Tool& tool, const gate::Refusal& refusal) {
  const std::string agent = "agent " + base::quoted(refusal.wish.operation.agent);
  if (refusal.lacking.size() == 1) {
    message.line("denied: " + agent + " has no grant to " + to_do(tool, refusal) + "; " + ending(tool, refusal));
    return;
  }
  message.line("denied: " + agent + " has no grant to " + std::string(tool.verb) + " these " +
               std::to_string(refusal.lacking.size()) + " of " +
               std::to_string(refusal.wish.operation.resources.size()) + "; " + ending(tool, refusal));
  for (const std::string& thing : describe_all(refusal.lacking, refusal.wish)) message.indented(thing);
}

void hint_ask(Message& message, const Tool& tool, const gate::Refusal& refusal) {
  message.hint("this is the user's decision, not a fault, so do not " + std::string(tool.undertake) +
               " by other means. To ask, wait and run in one step:");
  message.indented("  " + asking_command(refusal.wish.invocation));
}

void hint_leave(Message& message) { message.hint("or leave it and go on with other work"); }

void hint_final(Message& message, const Tool& tool) {
  message.hint("this is final here: do not " + std::string(tool.undertake) + " by other means; go on without it");
}

void hint_what_next(Message& message, const Tool& tool, const gate::Refusal& refusal) {
  if (refusal.is_final) return hint_final(message, tool);
  hint_ask(message, tool, refusal);
  hint_leave(message);
}

// What became of a grant there was; then how to ask again.
void tell_lapsed(Message& message, const Tool& tool, const gate::Refusal& refusal, std::string_view what) {
  message.line("denied: the grant to " + to_do(tool, refusal) + " " + std::string(what) + "; " + ending(tool, refusal));
  const auto others = std::span(refusal.lacking).subspan(1);
  for (const std::string& thing : describe_all(others, refusal.wish)) message.indented("and " + thing);
  hint_what_next(message, tool, refusal);
}

std::string used_up(const model::Grant& grant) {
  if (grant.uses == 1U) return "was for one use and is used up";
  return "was for " + std::to_string(grant.uses.value_or(0)) + " uses and is used up";
}

std::string ended_ago(const model::Grant& grant, base::UnixTime now) {
  return "ended " + base::human_duration(now - grant.terms.window.not_after) + " ago";
}

void tell_stale(Message& message, const Tool& tool, const gate::Refusal& refusal) {
  message.line("stale: what would be " + std::string(tool.done) + " is not what was approved: " +
               describe(refusal.lacking.front(), refusal.wish) + "; " + ending(tool, refusal));
  for (const std::string& difference : refusal.differences.named) message.indented(difference);
  if (refusal.differences.total > refusal.differences.named.size()) {
    message.indented("and " + plural(refusal.differences.total - refusal.differences.named.size(), "more difference",
                                     "more differences"));
  }
  if (refusal.is_final) return hint_final(message, tool);
  message.hint("the approval was not used up; it holds for what it was given for. To ask for what is there now:");
  message.indented("  " + asking_command(refusal.wish.invocation));
  hint_leave(message);
}

void tell_pending(Message& message, const Tool& tool, const gate::Refusal& refusal, base::UnixTime now) {
  const vault::Request& request = *refusal.request;
  message.line("pending: request " + request.id.brief() + " to " + to_do(tool, refusal) + " was asked " +
               base::human_duration(now - request.asked) + " ago and has no answer yet; " + nothing_done(tool));
  message.hint("the request stays; the same command later picks the answer up. To wait for it:");
  message.indented("  " + asking_command(refusal.wish.invocation));
  message.hint("or tell the user that request " + request.id.brief() + " waits for them, and go on with other work");
}

void tell_denied(Message& message, const Tool& tool, const gate::Refusal& refusal) {
  const vault::Request& request = *refusal.request;
  message.line("denied by a person: request " + request.id.brief() + " to " + to_do(tool, refusal) +
               " was turned down; " + nothing_done(tool));
  if (!request.note.empty()) message.line("their note: " + base::quoted(request.note));
  message.hint("this is final: do not ask again for this, and do not " + std::string(tool.undertake) +
               " by other means; go on without it");
}

void tell_withdrawn(Message& message, const Tool& tool, const gate::Refusal& refusal) {
  const vault::Request& request = *refusal.request;
  message.line("denied: request " + request.id.brief() + " to " + to_do(tool, refusal) + " is " +
               std::string(vault::to_text(request.state)) + " and was not answered; " + nothing_done(tool));
  hint_ask(message, tool, refusal);
  hint_leave(message);
}

void tell_locked(Message& message, const Tool& tool, const gate::Refusal& refusal) {
  std::string why;
  if (!refusal.lock_reason.empty()) why = " (" + base::quoted(refusal.lock_reason) + ")";
  message.line("locked: a person has stopped everything that PVM gates" + why + "; " + nothing_done(tool));
  message.hint("stop here and report this to the user; asking or trying again will not help");
}

}  // namespace

std::string describe(const model::Resource& resource, const vault::Wish& wish) {
  return describe_all({&resource, 1}, wish).front();
}

std::vector<std::string> describe_all(std::span<const model::Resource> resources, const vault::Wish& wish) {
  const auto effect = model::effect_from_manifest(wish.manifest);
  std::vector<std::string> texts;
  for (const model::Resource& resource : resources) texts.push_back(describe_in(effect, resource, wish));
  return texts;
}

std::string asking_command(const model::Invocation& invocation) {
  std::vector<std::string> words = {"PVM_WAIT=90", "PVM_REASON=<why>"};
  words.insert(words.end(), invocation.argv.begin(), invocation.argv.end());
  return base::shell_command(words, 2);
}

std::string refusal_text(const Tool& tool, const gate::Refusal& refusal, base::UnixTime now) {
  Message message(tool);
  switch (refusal.reason) {
    case Reason::no_grant:
      name_lacking(message, tool, refusal);
      hint_what_next(message, tool, refusal);
      break;
    case Reason::pending: tell_pending(message, tool, refusal, now); break;
    case Reason::denied: tell_denied(message, tool, refusal); break;
    case Reason::withdrawn: tell_withdrawn(message, tool, refusal); break;
    case Reason::used_up: tell_lapsed(message, tool, refusal, used_up(*refusal.grant)); break;
    case Reason::expired: tell_lapsed(message, tool, refusal, ended_ago(*refusal.grant, now)); break;
    case Reason::revoked: tell_lapsed(message, tool, refusal, "was revoked by a person"); break;
    case Reason::stale: tell_stale(message, tool, refusal); break;
    case Reason::locked: tell_locked(message, tool, refusal); break;
  }
  return message.text();
}

std::string asked_text(const Tool& tool, const vault::Request& request, vault::Filing filing, base::Seconds wait) {
  Message message(tool);
  const std::string how = filing == vault::Filing::filed ? "asked: request " : "asked already: joining request ";
  const std::string ends =
      wait.count() == 0 ? "not waiting for the answer"
                        : "waiting up to " + base::human_duration(wait) + " for a person to answer";
  message.line(how + request.id.brief() + "; " + ends);
  message.hint(telling_hint(request));
  return message.text();
}

std::string who_was_told(const vault::Request& request) {
  std::string sent;
  std::string others;
  for (std::size_t i = 0; i < request.told.size(); ++i) {
    const vault::Delivery& delivery = request.told[i];
    const bool is_last = i + 1 == request.told.size() || request.told[i + 1].channel != delivery.channel;
    if (!is_last) continue;
    const std::string channel = base::display(delivery.channel, vault::k_channel_max_bytes);
    switch (delivery.result) {
      case vault::DeliveryResult::sent: sent += (sent.empty() ? "sent to " : ", ") + channel; break;
      case vault::DeliveryResult::failed: others += "; " + channel + " failed"; break;
      case vault::DeliveryResult::retrying: others += "; " + channel + " is tried again"; break;
    }
  }
  return (sent.empty() ? "nobody was notified" : sent) + others;
}

std::string told_text(const Tool& tool, const vault::Request& request) {
  Message message(tool);
  message.line(who_was_told(request));
  return message.text();
}

std::string telling_hint(const vault::Request& request) {
  return who_was_told(request) + ": say to the person you work for that request " + request.id.brief() + " waits";
}

std::string error_text(const Tool& tool, const base::Error& error) {
  Message message(tool);
  message.line("cannot decide: " + error.message + "; " + nothing_done(tool));
  const bool is_the_callers = error.code == base::Code::usage || error.code == base::Code::limit;
  if (is_the_callers && !error.hint.empty()) {
    message.hint(error.hint);
  } else if (error.code == base::Code::no_command && !tool.package.empty()) {
    message.hint("it is in the package " + std::string(tool.package) + ", for the user to install: report it, and do not " +
                 std::string(tool.undertake) + " by other means");
  } else {
    message.hint("this is PVM's own trouble, for the user to mend: report it, and do not " +
                 std::string(tool.undertake) + " by other means");
  }
  return message.text();
}

std::string trouble_text(const Tool& tool, std::string_view trouble) {
  Message message(tool);
  message.line(trouble);
  message.hint("something may have been " + std::string(tool.done) + ": look before you go on");
  return message.text();
}

}  // namespace pvm::frontend
