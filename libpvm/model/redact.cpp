// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/redact.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include "libpvm/model/secret_shapes.hpp"

namespace pvm::model {
namespace {

constexpr std::string_view k_removed = "[removed]";

// `piece` holds no k_removed. Spans of different finders may overlap: what any of them names goes.
void append_redacted(std::string& out, std::string_view piece, std::span<const Finder> wanted) {
  std::vector<bool> secret(piece.size() + 1);
  bool is_clean = true;
  for (const Finder& finder : wanted) {
    for (std::size_t at = piece.find_first_of(finder.announcers); at < piece.size();) {
      const Span found = finder.find(piece, at);
      for (std::size_t i = found.begin; i < found.end; ++i) secret[i] = true;
      if (!found.empty()) is_clean = false;
      at = piece.find_first_of(finder.announcers, found.empty() ? at + 1 : std::max(at + 1, found.end));
    }
  }
  if (is_clean) {
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

// What was removed before is left alone and parts the text.
std::string redact_with(std::string_view text, std::span<const Finder> wanted) {
  std::string out;
  for (std::size_t cut = text.find(k_removed); cut != std::string_view::npos; cut = text.find(k_removed)) {
    append_redacted(out, text.substr(0, cut), wanted);
    out += k_removed;
    text.remove_prefix(cut + k_removed.size());
  }
  append_redacted(out, text, wanted);
  return out;
}

}  // namespace

std::string redact(std::string_view text) {
  return redact_with(redact_with(text, finders()), last_finders());
}

}  // namespace pvm::model
