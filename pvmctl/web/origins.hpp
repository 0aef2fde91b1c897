// SPDX-License-Identifier: Apache-2.0
// By which names the page may be called, and from which pages. A name that we were not given is refused, so that no
// domain of somebody else's that is made to point here (DNS rebinding) reads anything; what changes something must say
// that it comes from a page of ours. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"

namespace pvm::pvmctl::web {

/// The page itself is shown to whoever follows a link to it: without a session it says nothing.
enum class Purpose { shows, reads, changes };

/// What a request says of where it was sent to and from.
struct Provenance {
  Purpose purpose = Purpose::reads;
  std::string_view host;                          // Host
  std::optional<std::string_view> origin;         // Origin
  std::optional<std::string_view> fetch_site;     // Sec-Fetch-Site
};

class Origins {
 public:
  /// `origins` as "http://127.0.0.1:8765": scheme, authority, nothing after it. The first is the one that links name.
  explicit Origins(std::vector<std::string> origins) : origins_(std::move(origins)) {}

  [[nodiscard]] const std::string& first() const { return origins_.front(); }
  /// Errors: refused: no Host of ours; an Origin that is not the one of that Host; for what changes something no Origin;
  /// unless it only shows, a Sec-Fetch-Site other than "same-origin" (or "none", for what reads).
  [[nodiscard]] base::Result<void> check(const Provenance& from) const;

 private:
  std::vector<std::string> origins_;
};

/// "https://pvm.example.org" out of "https://PVM.example.org/": lower case, no default port, nothing after the authority.
/// nullopt for anything that is not http(s)://HOST[:PORT][/].
[[nodiscard]] std::optional<std::string> parse_origin(std::string_view url);

}  // namespace pvm::pvmctl::web
