// SPDX-License-Identifier: Apache-2.0
// What an approver reads before answering: a request on one card. Pure text from data; every byte from
// outside is escaped.
#pragma once

#include <optional>
#include <string>

#include "libpvm/base/time.hpp"
#include "libpvm/vault/vault.hpp"
#include "pvmctl/approval/facts.hpp"
#include "pvmctl/approval/look.hpp"
#include "pvmctl/ui/colour.hpp"

namespace pvm::pvmctl::ui {

struct Card {
  const vault::Request& request;
  const approval::View& view;
  const approval::Facts& facts;
  std::optional<vault::RequestState> previous;  // what became of the request before it for the same
  std::string home;                             // shown as "~"; empty: not known
  base::UnixTime now;
};

///   claude wants rm -r ~/src/app/build: 1,204 files, 83 MiB     asked 12 s ago, waiting
///     14 files not in git and not ignored: cannot be had back
///     ! holds a git repository with 3 commits pushed nowhere
///     host laptop, in ~/src/app, by bash < claude (4121)
///     its words: "clean build"
/// and then the largest files. Lines that call for a second look start with '!'.
[[nodiscard]] std::string card_text(const Card& card, const Colour& colour);

/// `path` with `home` at its start written "~", fit for display.
[[nodiscard]] std::string short_path(const std::string& path, const std::string& home);

}  // namespace pvm::pvmctl::ui
