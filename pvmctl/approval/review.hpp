// SPDX-License-Identifier: Apache-2.0
// A request with all that its approver is told of it.
#pragma once

#include <optional>
#include <string>

#include "libpvm/base/result.hpp"
#include "libpvm/vault/vault.hpp"
#include "pvmctl/approval/facts.hpp"
#include "pvmctl/approval/look.hpp"
#include "pvmctl/context.hpp"
#include "pvmctl/reply.hpp"
#include "pvmctl/ui/colour.hpp"

namespace pvm::pvmctl::approval {

struct Review {
  vault::Request request;
  View view;
  Facts facts;
  std::optional<vault::RequestState> previous;
};

/// Finds the request that `prefix` names, looks at its resources and gathers the facts.
/// Errors: as vault::Vault::request_by_prefix and the opening of the vault say.
[[nodiscard]] base::Result<Review> review_request(Context& context, const std::string& prefix);

[[nodiscard]] std::string card_of(const Context& context, const Review& review, const ui::Colour& colour);
/// request_json, and under "seen" what was seen here.
[[nodiscard]] Json review_json(const Review& review);

}  // namespace pvm::pvmctl::approval
