// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/grants_view.hpp"

#include "pvmctl/approval/issue.hpp"

namespace pvm::pvmctl {

Standing standing_of(const vault::StoredGrant& stored, const base::Result<model::Candidate>& verified,
                     std::uint64_t epoch, base::UnixTime now) {
  if (stored.revoked) return {"revoked", ""};
  if (!verified) return {"not trusted", verified.error().message};
  const model::Grant& grant = verified->grant;
  if (grant.epoch < epoch) return {"revoked", ""};
  if (grant.uses && stored.used >= *grant.uses) return {"used up", ""};
  if (now > grant.terms.window.not_after) return {"over", ""};
  if (now < grant.terms.window.not_before) return {"not yet", ""};
  return {"live", ""};
}

Json stored_grant_json(const vault::StoredGrant& stored, const Standing& standing) {
  const auto grant = model::decode_grant(stored.statement);
  Json json = grant ? approval::grant_json(*grant) : Json{{"id", stored.id.hex()}};
  json["state"] = standing.word;
  if (!standing.why.empty()) json["why"] = standing.why;
  json["used"] = stored.used;
  json["unattended"] = grant && grant->via.ends_with(approval::k_unattended_door);
  json["added"] = base::iso_time(stored.added);
  return json;
}

}  // namespace pvm::pvmctl
