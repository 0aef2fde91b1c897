// SPDX-License-Identifier: Apache-2.0
// What agents removed and trashed, were refused, and were granted by whom, added up from the audit log. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "libpvm/vault/audit.hpp"
#include "pvmctl/reply.hpp"

namespace pvm::pvmctl {

/// Takes entries in any order. Memory is bounded: what is over 1,000 agents, or 100 approvers of one, is added up under
/// "(others)", which is no name of either.
class AuditSummary {
 public:
  void take(const vault::AuditEntry& entry);

  /// A paragraph for each agent, by name; "nothing happened" where there is none.
  [[nodiscard]] std::string text() const;
  /// "agents", a list: agent; of removals: allowed, denied, files, directories, bytes, biggest; "trash" with the first five
  /// of those; "push" with allowed, denied, refs and overwritten; approvals, approvers, unattended.
  [[nodiscard]] Json json() const;

 private:
  struct Removal {
    std::uint64_t bytes = 0;
    std::uint64_t files = 0;
    std::uint64_t entry = 0;
    std::string path;
  };
  struct Tally {
    std::uint64_t allowed = 0;
    std::uint64_t denied = 0;
    std::uint64_t files = 0;
    std::uint64_t directories = 0;
    std::uint64_t bytes = 0;
  };
  struct Agent {
    Tally removed;
    Tally trashed;
    Tally pushed;  // files: refs; directories: those forced or deleted
    std::vector<Removal> biggest;  // the first few, the biggest first
    std::uint64_t approvals = 0;
    std::map<std::string, std::uint64_t> approvers;
    std::uint64_t unattended = 0;
  };
  [[nodiscard]] Agent& agent_of(const std::string& name);
  static void take_decision(Agent& agent, const vault::AuditEntry& entry);
  [[nodiscard]] static std::string tally_text(const Tally& tally);
  [[nodiscard]] static std::string pushes_text(const Tally& tally);
  static void tell_tally(Json& json, const Tally& tally);
  static void take_approval(Agent& agent, const vault::AuditEntry& entry);

  std::map<std::string, Agent> agents_;
};

}  // namespace pvm::pvmctl
