// SPDX-License-Identifier: Apache-2.0
// The part of a card that says what a push moves. Pure text from data; every byte from outside is escaped.
#pragma once

#include <string>
#include <vector>

#include "libpvm/model/effect.hpp"
#include "pvmctl/approval/push_facts.hpp"
#include "pvmctl/ui/colour.hpp"

namespace pvm::pvmctl::ui {

///   to ssh://git@example.org/app, from ~/src/app
///     refs/heads/main  forced, 1a2b3c4d5e -> 5d6e7f8a9b
///       3 commits go out:
///         5d6e7f8a9b Mend the parser
///       ! 1 commit would be lost:
///         1a2b3c4d5e Add a test
///   ! runs core.sshCommand: ssh -F x
[[nodiscard]] std::string push_lines(const model::Effect& effect, const std::vector<approval::UpdateFacts>& facts,
                                     const std::string& home, const Colour& colour);

}  // namespace pvm::pvmctl::ui
