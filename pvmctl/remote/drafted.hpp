// SPDX-License-Identifier: Apache-2.0
// A draft that another machine made, held against what was asked of it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/model/grant.hpp"
#include "pvmctl/approval/draft.hpp"
#include "pvmctl/log/consistency.hpp"

namespace pvm::pvmctl::remote {

/// How far the clocks of two machines may be apart.
inline constexpr base::Seconds k_clock_difference{60};
/// The longest life of a grant that --for did not say, on any machine.
inline constexpr base::Seconds k_longest_unsaid{12 * 3600};

/// What was asked for.
struct Asked {
  std::string request;  // the start of an id
  approval::Choice choice;
  std::string approver;
  std::string via;
  base::UnixTime now;
};

struct Drafted {
  std::string statement;
  model::Grant grant;
  std::string card;                  // that machine's words
  std::string host;                  // its name for itself
  std::optional<base::Seconds> age;  // of the request
  log::Testified log;
};

/// Reads what `approve --draft --json --witness N` prints. Errors: malformed.
[[nodiscard]] base::Result<Drafted> parse_drafted(std::string_view output);

/// Whether `grant` gives what was asked for and no more: that request, that approver, so many uses, so long, from now,
/// bound where nothing else was said, within the scopes where some were said. What the request itself is about
/// is that machine's word. Errors: untrusted, naming the field; clock, where its clock is another.
[[nodiscard]] base::Result<void> check_drafted(const model::Grant& grant, const Asked& asked);

}  // namespace pvm::pvmctl::remote
