// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/redact.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "libpvm/model/secret_shapes.hpp"

namespace pvm::model {
namespace {

constexpr std::string_view k_removed = "[removed]";

// For each byte the finders that it is an announcer of, one bit each.
using Announcers = std::array<std::uint32_t, 256>;

Announcers announcers_of(std::span<const Finder> finders) {
  Announcers announcers{};
  for (std::size_t finder = 0; finder < finders.size(); ++finder) {
    for (const char c : finders[finder].announcers) {
      announcers[static_cast<unsigned char>(c)] |= 1U << finder;
    }
  }
  return announcers;
}

// One set of finders, made ready to run over many texts.
class Search {
 public:
  explicit Search(std::span<const Finder> finders) : finders_(finders), announcers_(announcers_of(finders)) {}

  // `piece` holds no k_removed. Spans of different finders may overlap: what any of them names goes.
  void append_redacted(std::string& out, std::string_view piece) const {
    std::vector<bool> secret;
    std::array<std::size_t, k_most_finders> next{};  // a finder does not look into what it has found
    for (std::size_t at = 0; at < piece.size(); ++at) {
      for (unsigned left = announcers_[static_cast<unsigned char>(piece[at])]; left != 0; left &= left - 1) {
        const auto finder = static_cast<std::size_t>(std::countr_zero(left));
        if (at < next[finder]) continue;
        const Span found = finders_[finder].find(piece, at);
        if (found.empty()) continue;
        secret.resize(piece.size() + 1);
        std::fill_n(secret.begin() + static_cast<std::ptrdiff_t>(found.begin), found.end - found.begin, true);
        next[finder] = std::max(at + 1, found.end - std::min(found.end, finders_[finder].overlap));
      }
    }
    if (secret.empty()) {
      out += piece;
      return;
    }
    for (std::size_t i = 0; i < piece.size(); ++i) {
      if (!secret[i]) {
        out += piece[i];
      } else if (!secret[i + 1]) {
        out += k_removed;
      }
    }
  }

 private:
  std::span<const Finder> finders_;
  Announcers announcers_;
};

// What was removed before is left alone and parts the text.
std::string redact_with(std::string_view text, const Search& search) {
  std::string out;
  for (std::size_t cut = text.find(k_removed); cut != std::string_view::npos; cut = text.find(k_removed)) {
    search.append_redacted(out, text.substr(0, cut));
    out += k_removed;
    text.remove_prefix(cut + k_removed.size());
  }
  search.append_redacted(out, text);
  return out;
}

}  // namespace

std::string redact(std::string_view text) {
  static const Search first(finders());
  static const Search last(last_finders());
  return redact_with(redact_with(text, first), last);
}

}  // namespace pvm::model
