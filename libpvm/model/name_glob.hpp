// SPDX-License-Identifier: Apache-2.0
// The glob for one component of a path. Floor: model (pure).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/model/byte_set.hpp"

namespace pvm::model {

/// Matches one name: a component of a path, without '/'.
class NameGlob {
 public:
  /// The glob "*".
  [[nodiscard]] static NameGlob any();

  /// Reads a glob from the front of `rest`, up to the next '/' outside brackets or the end, and removes it.
  /// Errors: malformed (a bracket expression that is, a backslash before '/' or at the end), with the fault
  /// alone as message.
  [[nodiscard]] static base::Result<NameGlob> read(std::string_view& rest);

  /// At most as many steps as the glob's length times the name's.
  [[nodiscard]] bool matches(std::string_view name) const;

  /// Whether it is made of stars alone and so matches every name.
  [[nodiscard]] bool is_any() const;

  /// Whether it holds no wildcard; then it matches just `literal()`.
  [[nodiscard]] bool is_literal() const { return is_literal_; }
  /// Its bytes, unquoted. REQUIRES: is_literal().
  [[nodiscard]] const std::string& literal() const { return literal_; }

 private:
  struct Token {
    enum class Kind : std::uint8_t { byte, any_byte, set, star } kind;
    std::size_t value = 0;  // a byte, or an index into sets_
  };

  [[nodiscard]] base::Result<Token> read_token(std::string_view& rest);
  void add(Token token);
  [[nodiscard]] bool accepts(const Token& token, char byte) const;
  [[nodiscard]] bool matches_tokens(std::string_view name) const;

  std::vector<Token> tokens_;  // no two stars in a row
  std::vector<ByteSet> sets_;
  std::string literal_;
  bool is_literal_ = true;
};

}  // namespace pvm::model
