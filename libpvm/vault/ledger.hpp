// SPDX-License-Identifier: Apache-2.0
// What the log says of each grant and request, held against their rows. Floor: vault.
//
// Memory is bounded whatever the log says: a reading of it looks at one class of ids, those whose keyed hash ends alike.
// The first class is all of them. Where it turns out to hold more than may be held, it is halved, which forgets one half;
// that is a class for a later reading. So an ordinary log is read once, and none is begun anew.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/id.hpp"
#include "libpvm/base/result.hpp"
#include "libpvm/vault/faults.hpp"
#include "libpvm/vault/id_table.hpp"
#include "libpvm/vault/means.hpp"
#include "libpvm/vault/sqlite.hpp"
#include "libpvm/vault/vault.hpp"

namespace pvm::vault {

class Ledger {
 public:
  /// `pruned_until`: entries up to this one are gone, with what they stored. Means and faults outlive the ledger.
  Ledger(std::uint64_t pruned_until, const Means& means, Faults& faults);
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // What entry `at.position` says of an id, in the order of the entries. An id of another class is passed over.
  void store(const base::GrantId& id, std::string_view agent, const Place& at);
  void use(const base::GrantId& id, const Place& at);
  void revoke(const base::GrantId& id, const Place& at);
  void revoke_agent(std::string_view agent, const Place& at);
  void file(const base::RequestId& id, const Place& at);
  void answer(const base::RequestId& id, EntryType answer, const Place& at);

  /// The rows of this class, after the last entry. Errors: of the database only.
  [[nodiscard]] base::Result<void> compare(const Database& database);

  /// Makes ready for the next class, for which all entries are to be told again; false: there is none left.
  [[nodiscard]] bool begin_next();
  /// Readings still to come, as far as is known.
  [[nodiscard]] std::size_t left() const { return left_.size(); }

 private:
  struct GrantFacts {
    std::uint64_t stored = 0;  // the entry
    std::uint64_t used = 0;
    IdTable<int>::Key agent{};
    bool is_revoked = false;
    bool is_seen = false;
  };
  struct RequestFacts {
    std::uint64_t filed = 0;
    EntryType last = EntryType::request;
    bool is_seen = false;
  };
  struct AgentFacts {
    std::uint64_t revoked = 0;  // by which entry
  };
  struct Class {
    std::uint64_t count = 1;  // of classes, a power of two
    std::uint64_t number = 0;
  };

  [[nodiscard]] bool is_mine(const IdTable<int>::Key& id) const;
  [[nodiscard]] IdTable<int>::Key key_of(std::string_view agent) const;
  [[nodiscard]] bool is_revoked(const GrantFacts& facts);
  void halve_if_full();
  [[nodiscard]] base::Result<void> compare_grants(const Database& database);
  [[nodiscard]] base::Result<void> compare_requests(const Database& database);

  std::uint64_t pruned_until_;
  const Means& means_;
  Faults& faults_;
  crypto::KeyedHash hash_;
  base::Digest salt_;
  Class class_;
  std::vector<Class> left_;
  bool is_first_ = true;
  IdTable<GrantFacts> grants_{hash_};
  IdTable<RequestFacts> requests_{hash_};
  IdTable<AgentFacts> agents_{hash_};  // of the grants in grants_
};

}  // namespace pvm::vault
