// SPDX-License-Identifier: Apache-2.0
// Thousands of damaged vaults: whatever stands in the file, nothing is permitted but what a signed text says,
// nothing crashes, and what cannot be read is an Error. `used`, `revoked`, epoch, lock and the vault's own id
// are the file's, not signed (THREAT-MODEL.md); how often such state was believed is counted and printed.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "../thorough.hpp"
#include "damaged_scene.hpp"
#include "libpvm/frontend/wording.hpp"
#include "pvmctl/audit_runs.hpp"
#include "pvmctl/audit_view.hpp"
#include "pvmctl/request_view.hpp"

using namespace pvm;
using namespace pvm::test;

namespace {

constexpr std::uint64_t k_seed = 20261121;
constexpr std::uint64_t k_whole = 10'000;
constexpr std::uint64_t k_short = 210;  // ten of each kind
constexpr std::size_t k_shown = 30;     // entries of the log that are made into text

/// What was asked of every damaged vault, and whether the sound one permits it.
struct Asked {
  std::string agent;
  std::string path;
  bool is_permitted;
};

const std::vector<Asked> k_asked = {
    {"claude", "/w/good", true},     {"claude", "/w/good/sub", true}, {"claude", "/w/once", true},
    {"claude", "/w/once", false},    {"codex", "/w/others", true},    {"claude", "/w/used", false},
    {"claude", "/w/revoked", false}, {"claude", "/w/expired", false}, {"claude", "/w/others", false},
    {"claude", "/w/forged", false},  {"claude", "/w/foreign", false}, {"claude", "/w/old", false},
    {"claude", "/w/bound", false},   {"claude", "/w/flat", false},    {"claude", "/w/nothing", false},
    {"claude", "/w", false},         {"codex", "/w/good", false},     {"claude", "/", false},
};

/// What was found in all the vaults that were looked at.
struct Tally {
  std::uint64_t permits = 0;
  std::uint64_t refusals = 0;
  std::uint64_t unreadable = 0;  // vaults that could not even be opened
  std::map<std::string, int>
      believed_state;  // permits that a sound vault would not have given, by what was asked
};

/// Looks at one vault as the wrapper and pvmctl do.
class Inspection {
 public:
  Inspection(const DamagedScene& scene, Tally& tally) : scene_(scene), tally_(tally) {}

  /// What is wrong; empty: nothing but what may be.
  [[nodiscard]] std::string fault_of(const std::string& directory) {
    try {
      auto opened = vault::open_vault(directory, vault::Sharing::own);
      if (!keep_error(opened)) {
        ++tally_.unreadable;
        return fault_;
      }
      for (const Asked& asked : k_asked) ask(**opened, asked);
      read(**opened);
    } catch (const std::exception& thrown) {
      fault_ += std::string("threw ") + thrown.what() + "; ";
    }
    return fault_;
  }
  /// What was asked and permitted, in its order.
  [[nodiscard]] const std::vector<bool>& permitted() const { return permitted_; }

 private:
  // Whether there is no error; one must say something.
  template <class T>
  bool keep_error(const base::Result<T>& result) {
    if (!result && result.error().message.empty()) fault_ += "an error that says nothing; ";
    return result.has_value();
  }

  void ask(vault::Vault& vault, const Asked& asked) {
    const auto wish = wish_for(asked.path, 3, asked.agent);
    const auto decided = gate::decide(vault, scene_.signers(), wish, k_later);
    const auto* receipt = decided ? std::get_if<vault::Receipt>(&*decided) : nullptr;
    permitted_.push_back(receipt != nullptr);
    ++(receipt != nullptr ? tally_.permits : tally_.refusals);
    if (receipt != nullptr) {
      judge(vault, asked, wish, *receipt);
    } else if (keep_error(decided)) {
      const auto refusal = gate::explain(vault, wish, std::get<model::Denial>(*decided), k_later);
      if (keep_error(refusal))
        read_text(frontend::refusal_text({"safe-rm", "rm", "removed", "remove it"}, *refusal, k_later));
    }
  }

  void judge(vault::Vault& vault, const Asked& asked, const vault::Wish& wish,
             const vault::Receipt& receipt) {
    const std::string what = asked.agent + " " + asked.path;
    if (!asked.is_permitted) ++tally_.believed_state[what];
    if (receipt.grants().empty()) fault_ += what + " was permitted by no grant; ";
    for (const base::GrantId& id : receipt.grants()) {
      const auto found = scene_.truly_signed().find(id);
      if (found == scene_.truly_signed().end()) {
        fault_ += what + " was permitted by a grant that nobody signed; ";
      } else if (const std::string why = why_not(vault, found->second, wish); !why.empty()) {
        fault_ += what + " was permitted by a grant " + why + "; ";
      }
    }
    check_recorded(vault, what, receipt);
  }

  // What in the signed text speaks against it, in words of our own rather than model::authorize's.
  static std::string why_not(vault::Vault& vault, const model::Grant& grant, const vault::Wish& wish) {
    const std::string& wanted = wish.operation.resources[0].name;
    const std::string& scope = grant.terms.scopes[0].pattern();
    if (grant.vault != vault.id()) return "of another vault";
    if (grant.terms.agent != wish.operation.agent) return "of another agent";
    if (wanted != scope && !wanted.starts_with(scope + "/")) return "for another place";
    if (!grant.terms.may.has(model::Attribute::recursive)) return "without 'may recursive'";
    if (k_later > grant.terms.window.not_after || k_later < grant.terms.window.not_before)
      return "out of its time";
    if (grant.effect && grant.effect != wish.effect) return "for another effect";
    const auto epoch = vault.epoch();
    if (!epoch || *epoch != grant.epoch) return "of another epoch than the vault's";
    return {};
  }

  void check_recorded(vault::Vault& vault, const std::string& what, const vault::Receipt& receipt) {
    std::optional<vault::AuditEntry> found;
    const auto done = vault.each_entry(receipt.entry(), [&found](const vault::AuditEntry& entry) {
      found = entry;
      return vault::Vault::Visit::stop;
    });
    const bool is_recorded = done && found && found->entry == receipt.entry() && found->decision == "allow" &&
                             found->type == vault::EntryType::decision &&
                             found->grant == receipt.grants().front();
    if (is_recorded) return;
    const std::string instead = !done   ? done.error().message
                                : found ? std::to_string(found->entry)
                                        : "nothing";
    fault_ += what + " was permitted, but in place of entry " + std::to_string(receipt.entry()) +
              " there is: " + instead + "; ";
  }

  void read(vault::Vault& vault) {
    const auto requests = vault.requests({}, k_later);
    if (keep_error(requests)) {
      for (const vault::Request& request : *requests) read_request(vault, request);
    }
    const auto grants = vault.grants({});
    if (keep_error(grants)) {
      for (const vault::StoredGrant& grant : *grants)
        static_cast<void>(gate::judge_grant(grant, scene_.signers()));
    }
    keep_error(vault.grants({"claude", k_later, 1000}));
    std::vector<vault::AuditEntry> entries;
    keep_error(vault.each_entry(1, [&entries](const vault::AuditEntry& entry) {
      entries.push_back(entry);
      return vault::Vault::Visit::go_on;
    }));
    if (entries.size() > k_shown) entries.erase(entries.begin(), entries.end() - k_shown);
    read_text(pvmctl::entries_table(entries, base::Seconds(0)));
    for (const vault::AuditEntry& entry : entries) static_cast<void>(pvmctl::entry_json(entry).dump());
    const vault::LogWitnesses witnesses = {
        [this](const vault::StoredGrant& grant) { return gate::judge_grant(grant, scene_.signers()); },
        [this](const vault::KeptStatement& kept) { return gate::judge_statement(kept, scene_.signers()); },
        {}};
    const auto report = vault.verify_log(witnesses, {});
    if (keep_error(report)) {
      for (const std::string& fault : report->faults) read_text(fault);
    }
    keep_error(vault.lock_status());
    keep_error(vault.request_by_prefix("0011"));
    keep_error(vault.grant_by_prefix("0011"));
    keep_error(vault.record_outcome(1, "claude", "exit 0", k_later));
  }

  void read_request(vault::Vault& vault, const vault::Request& request) {
    read_text(pvmctl::request_text(request, k_later));
    static_cast<void>(pvmctl::request_json(request).dump());
    keep_error(vault.request(request.id, k_later));
    keep_error(vault.latest_request(request.wish.operation.agent, vault::wish_key(request.wish), k_later));
  }

  // Whatever the file says, a terminal is only told letters.
  void read_text(const std::string& text) {
    const auto is_control = [](char c) { return (c >= 0 && c < ' ' && c != '\n') || c == 0x7F; };
    if (std::any_of(text.begin(), text.end(), is_control)) fault_ += "a text with control bytes; ";
  }

  const DamagedScene& scene_;
  Tally& tally_;
  std::string fault_;
  std::vector<bool> permitted_;
};

void write_image(const TemporaryDirectory& directory, const VaultImage& image) {
  for (const char* suffix : {"-wal", "-shm", "-journal"})
    ::unlink(directory.at("vault.db").append(suffix).c_str());
  directory.write("vault.db", image.database);
  if (!image.wal.empty()) directory.write("vault.db-wal", image.wal);
}

void run_unchecked(const std::string& file, const std::string& sql) {
  sqlite3* raw = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &raw) == SQLITE_OK);
  sqlite3_exec(raw,
               "PRAGMA writable_schema = ON; PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF",
               nullptr, nullptr, nullptr);
  sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr);
  sqlite3_close(raw);
}

// Where the files of a failure are kept (of the first few): beside the directory, as they are to outlive the
// test.
std::string kept(const TemporaryDirectory& directory, const VaultImage& image, std::uint64_t number) {
  static int most = 5;
  if (most-- <= 0) return "nowhere: PVM_DAMAGE=" + std::to_string(number) + " makes them again";
  const std::string name = directory.path() + "-kept-" + std::to_string(number);
  std::filesystem::create_directory(name);
  std::ofstream(name + "/vault.db", std::ios::binary) << image.database;
  if (!image.wal.empty()) std::ofstream(name + "/vault.db-wal", std::ios::binary) << image.wal;
  return name;
}

std::string told(const Tally& tally) {
  std::string text = std::to_string(tally.permits) + " permits, " + std::to_string(tally.refusals) +
                     " refusals, " + std::to_string(tally.unreadable) + " vaults unreadable; state believed:";
  for (const auto& [what, count] : tally.believed_state)
    text += " " + what + " " + std::to_string(count) + ",";
  return text;
}

}  // namespace

TEST_CASE("no damage to a vault permits what no signed text does, or crashes, or throws") {
  const DamagedScene scene;
  const TemporaryDirectory directory;
  Tally sound;
  std::vector<bool> wanted;
  for (const Asked& asked : k_asked) wanted.push_back(asked.is_permitted);
  for (const VaultImage* image : {&scene.images().whole, &scene.images().with_wal}) {
    write_image(directory, *image);
    Inspection inspection(scene, sound);
    CHECK(inspection.fault_of(directory.path()).empty());
    CHECK(inspection.permitted() == wanted);
  }

  Tally tally;
  Damager damager(scene.images(), k_seed);
  const char* only = std::getenv("PVM_DAMAGE");  // the number of one that is to be looked at again
  const std::uint64_t first = only != nullptr ? std::stoull(only) : 0;
  const std::uint64_t all = only != nullptr ? 1 : is_thorough() ? k_whole : k_short;
  for (std::uint64_t number = first; number < first + all; ++number) {
    const Damage damage = damager.damage(number);
    INFO(damage.name << " " << damage.sql);
    write_image(directory, damage.image);
    if (!damage.sql.empty()) run_unchecked(directory.at("vault.db"), damage.sql);
    const std::string fault = Inspection(scene, tally).fault_of(directory.path());
    CHECK_MESSAGE(fault.empty(),
                  fault << "the files before the SQL are in " << kept(directory, damage.image, number));
  }
  MESSAGE(std::to_string(all) << " damaged vaults of seed " << k_seed << ": " << told(tally));
  if (only == nullptr) CHECK(tally.permits > all);
  if (only == nullptr) CHECK(tally.refusals > all);
}
