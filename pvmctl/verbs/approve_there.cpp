// SPDX-License-Identifier: Apache-2.0
// approve with --host: the request, the vault and the log are on another machine, the key and the person here. Nothing
// that comes from there is believed but for what can be checked, and no path of it is looked up here.
#include <algorithm>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/crypto/sha256.hpp"
#include "libpvm/gate/trust.hpp"
#include "pvmctl/approval/issue.hpp"
#include "pvmctl/log/seen.hpp"
#include "pvmctl/remote/drafted.hpp"
#include "pvmctl/remote/host.hpp"
#include "pvmctl/remote/seen_hosts.hpp"
#include "pvmctl/verbs/approve.hpp"

namespace pvm::pvmctl {
namespace {

using approval::Presence;
using approval::Signer;
using base::Code;
using base::fail;
using base::Result;
using remote::Drafted;

constexpr std::size_t k_most_card_lines = 60;

Result<std::string> id_to_ask_for(const ApproveOptions& options) {
  if (options.draft || !options.signature.empty()) {
    return fail(Code::usage, "with --host the draft and its signature go to and fro by themselves",
                "leave out --draft and --signature");
  }
  auto id = only_id(options, "--host");
  if (!id) return id;
  const bool is_hex = std::ranges::all_of(*id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (is_hex && id->size() >= 4 && id->size() <= 32) return id;
  return fail(Code::usage, base::quoted(*id, 64) + " is not the start of an id", "at least four of its characters");
}

Result<Signer> signer_for_elsewhere(Context& context) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto signers = context.signers();  // a laptop need not have any
  return Signer::for_elsewhere(**site, signers ? **signers : gate::Signers(), context.environment());
}

std::vector<std::string> words_for_draft(const std::string& id, const ApproveOptions& options, const Signer& signer,
                                         Presence presence, std::uint64_t witness) {
  std::vector<std::string> words = {"approve", "--draft", "--json", "--for-approver=" + signer.principal(),
                                    "--witness=" + std::to_string(witness)};
  if (presence == Presence::unattended) words.emplace_back("--unattended");
  if (options.once) words.emplace_back("--once");
  if (!options.life.empty()) words.push_back("--for=" + options.life);
  if (!options.uses.empty()) words.push_back("--uses=" + options.uses);
  for (const std::string& scope : options.scopes) words.push_back("--scope=" + scope);
  if (options.widen) words.emplace_back("--widen");
  if (options.unbound) words.emplace_back("--unbound");
  words.push_back(id);
  return words;
}

/// What pvmctl there said with --json. Where it refused, so do we, in its words.
Result<std::string> answer_of(Context& context, const std::string& host, const std::vector<std::string>& words,
                              std::string_view input = {}) {
  auto said = remote::run_there(context, host, words, input);
  if (!said) return base::pass_on(said);
  if (said->status == 0) return std::move(said->output);
  const auto json = remote::parse_object(said->output);
  const auto text = [&json](const char* name) {
    const auto found = json ? json->find(name) : Json::const_iterator();
    return json && found != json->end() && found->is_string() ? base::display(found->get<std::string>(), 600) : std::string();
  };
  const std::string error = text("error");
  const bool is_refusal = said->status == frontend::k_exit_refused;
  return fail(is_refusal ? Code::refused : said->status == frontend::k_exit_usage ? Code::usage : Code::io,
              base::quoted(host) + (error.empty() ? " did not understand (is pvmctl there of the same version?)" : ": " + error),
              remote::with_host(text("next_step"), host));
}

/// What this person remembers of a destination: its vault, and the heads of the log there, apart from those of other
/// destinations, which it may speak ill of.
class Acquaintance {
 public:
  static Result<Acquaintance> of(Context& context, const std::string& host) {
    const auto own = system::own_state_directory(context.environment());
    if (!own) return base::pass_on(own);
    const std::string name = base::to_hex(crypto::sha256(host)).substr(0, 32);
    Acquaintance known(host, remote::SeenHosts(*own), log::HeadsFile(*own + "/hosts.heads/" + name));
    const auto vault = known.hosts_.find(host);
    if (!vault) return base::pass_on(vault);
    known.vault_ = *vault;
    if (!known.vault_) return known;
    auto seen = known.heads_.read(*known.vault_);
    if (!seen) return base::pass_on(seen);
    known.seen_ = std::move(*seen);
    return known;
  }

  [[nodiscard]] bool is_new() const { return !vault_; }
  [[nodiscard]] std::uint64_t witness() const { return seen_.heads.empty() ? 0 : seen_.heads.back().head.size; }

  /// Whether the draft is about the vault that is to be expected there, and its log the one that was seen. Errors:
  /// untrusted; broken; as SeenHosts and Context say.
  [[nodiscard]] Result<void> judge(Context& context, const Drafted& drafted) const {
    const base::VaultId& vault = drafted.grant.vault;
    if (vault_ && *vault_ != vault) {
      return fail(Code::untrusted,
                  base::quoted(host_) + " has another vault than before: " + vault.brief() + " in place of " + vault_->brief(),
                  "nothing was signed; if it was set up anew, take its line out of " + base::quoted(hosts_.path()));
    }
    // A machine that hands on the draft of another one would have that one's grant signed under its own name.
    const auto other = hosts_.other_with(vault, host_);
    if (!other) return base::pass_on(other);
    if (*other) {
      return fail(Code::untrusted, base::quoted(host_) + " shows the vault that you know as " + base::quoted(**other),
                  "nothing was signed; where both are one machine: " + remote::with_host("pvmctl approve ID", **other));
    }
    const auto here = context.vault();
    if (here && (*here)->id() == vault) {
      return fail(Code::untrusted, base::quoted(host_) + " shows the vault of this machine", "nothing was signed; approve here: pvmctl approve ID");
    }
    if (auto whole = log::judge(drafted.log, drafted.grant.log, seen_); !whole) {
      return fail(whole.error().code, base::quoted(host_) + ": " + whole.error().message, whole.error().hint);
    }
    return {};
  }

  /// Called once the person has signed, and it was taken in.
  [[nodiscard]] Result<void> remember(const Drafted& drafted, base::UnixTime now) const {
    if (auto kept = hosts_.remember(host_, drafted.grant.vault); !kept) return kept;
    return heads_.remember(drafted.grant.vault, drafted.log.edge, now);
  }

 private:
  Acquaintance(std::string host, remote::SeenHosts hosts, log::HeadsFile heads)
      : host_(std::move(host)), hosts_(std::move(hosts)), heads_(std::move(heads)) {}

  std::string host_;
  remote::SeenHosts hosts_;
  log::HeadsFile heads_;
  std::optional<base::VaultId> vault_;
  log::SeenLog seen_;
};

Result<Drafted> judged_draft(Context& context, const std::string& host, const Acquaintance& known, const std::string& id,
                             const ApproveOptions& options, const Signer& signer, Presence presence) {
  const auto choice = choice_from(context, options);
  if (!choice) return base::pass_on(choice);
  const auto output = answer_of(context, host, words_for_draft(id, options, signer, presence, known.witness()));
  if (!output) return base::pass_on(output);
  auto drafted = remote::parse_drafted(*output);
  if (!drafted) return fail(drafted.error().code, base::quoted(host) + ": " + drafted.error().message, drafted.error().hint);
  const auto via = presence == Presence::unattended ? approval::k_via_unattended : approval::k_via;
  const remote::Asked asked{id, *choice, signer.principal(), std::string(via), context.now()};
  if (auto good = remote::check_drafted(drafted->grant, asked); !good) return base::pass_on(good);
  if (auto good = known.judge(context, *drafted); !good) return base::pass_on(good);
  return drafted;
}

/// Our own reading of what is signed: the card is theirs.
std::string reading_of(const model::Grant& grant) {
  const model::Terms& terms = grant.terms;
  std::string text = base::display(terms.agent) + " may " + std::string(model::to_text(terms.action));
  if (!terms.may.is_empty()) text += " (" + terms.may.text() + ")";
  for (const model::Scope& scope : terms.scopes) text += "\n    " + base::quoted(scope.pattern(), 300) + " " + scope.explain();
  return text + "\n";
}

std::string question_text(const std::string& host, const Acquaintance& known, const Drafted& drafted) {
  const std::string where = base::quoted(host) + " (it calls itself " + base::quoted(drafted.host, 128) + ")";
  const std::string age = drafted.age ? ", of a request that is " + base::human_duration(*drafted.age) + " old" : "";
  return "as told by " + where + age + ":\n" + remote::shown_lines(drafted.card, "  | ", k_most_card_lines) +
         "nothing of it was looked up on this machine\n\n" + drafted.statement + "\nin vault " + drafted.grant.vault.brief() +
         ", reached through " + base::quoted(host) +
         (known.is_new() ? " and never seen before (is it that machine's? 'pvmctl doctor' there says its id)" : "") + ",\n" +
         reading_of(drafted.grant) + "  you sign: " + approval::terms_in_words(drafted.grant, approval::Basis::told) + "\n";
}

Result<std::string> sign_draft(Context& context, const Signer& signer, const Drafted& drafted) {
  auto signatures = signer.sign(model::k_grant_namespace, {&drafted.statement, 1});
  if (!signatures) return base::pass_on(signatures);
  crypto::AllowedSigner itself;
  itself.principals = {signer.principal()};
  itself.namespaces = {std::string(model::k_grant_namespace)};
  itself.key_type = signer.public_key().type;
  itself.key_blob = signer.public_key().blob;
  const auto good = gate::verify_grant(drafted.statement, signatures->front(), {itself}, context.now());
  if (!good) return base::pass_on(good);
  return std::move(signatures->front());
}

}  // namespace

Result<Reply> approve_there(Context& context, const std::string& destination, const ApproveOptions& options) {
  const auto id = id_to_ask_for(options);
  if (!id) return base::pass_on(id);
  const auto signer = signer_for_elsewhere(context);
  if (!signer) return base::pass_on(signer);
  const Presence presence = signer->presence();
  const auto known = Acquaintance::of(context, destination);
  if (!known) return base::pass_on(known);
  const auto drafted = judged_draft(context, destination, *known, *id, options, *signer, presence);
  if (!drafted) return base::pass_on(drafted);

  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto prompting = options.yes ? approval::Prompting::skip : approval::Prompting::ask;
  auto agreed = approval::ask_for_consent(question_text(destination, *known, *drafted), "Sign this?", prompting, (*site)->settings);
  if (!agreed) return base::pass_on(agreed);
  const auto signature = sign_draft(context, *signer, *drafted);
  if (!signature) return base::pass_on(signature);

  const model::Grant& grant = drafted->grant;
  std::vector<std::string> words = {"approve", "--json", "--signature=-"};
  if (!options.note.empty()) words.push_back("--note=" + options.note);
  words.push_back(grant.request->hex());
  if (const auto taken = answer_of(context, destination, words, *signature); !taken) return base::pass_on(taken);
  if (auto kept = known->remember(*drafted, context.now()); !kept) return base::pass_on(kept);
  Reply reply;
  reply.text = "approved " + grant.request->brief() + " at " + base::display(destination) + ": " +
               approval::grant_line(grant) + "\n";
  reply.json["host"] = json_text(destination);
  reply.json["approved"] = Json::array({approval::grant_json(grant)});
  reply.json["unattended"] = presence == Presence::unattended;
  return reply;
}

}  // namespace pvm::pvmctl
