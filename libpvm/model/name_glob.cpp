// SPDX-License-Identifier: Apache-2.0
#include "libpvm/model/name_glob.hpp"

#include <algorithm>
#include <optional>

namespace pvm::model {
namespace {

using base::Code;
using base::fail;

std::size_t value_of(char byte) {
  return static_cast<unsigned char>(byte);
}

}  // namespace

NameGlob NameGlob::any() {
  NameGlob glob;
  glob.add({Token::Kind::star});
  return glob;
}

base::Result<NameGlob> NameGlob::read(std::string_view& rest) {
  NameGlob glob;
  while (!rest.empty() && rest.front() != '/') {
    const auto token = glob.read_token(rest);
    if (!token) return base::pass_on(token);
    glob.add(*token);
  }
  return glob;
}

base::Result<NameGlob::Token> NameGlob::read_token(std::string_view& rest) {
  const char head = rest.front();
  rest.remove_prefix(1);
  if (head == '?') return Token{Token::Kind::any_byte};
  if (head == '*') return Token{Token::Kind::star};
  if (head == '[') {
    const auto set = read_byte_set(rest);
    if (!set) return base::pass_on(set);
    sets_.push_back(*set);
    return Token{Token::Kind::set, sets_.size() - 1};
  }
  if (head != '\\') return Token{Token::Kind::byte, value_of(head)};
  if (rest.empty()) return fail(Code::malformed, "a backslash at the end");
  const char quoted = rest.front();
  if (quoted == '/') return fail(Code::malformed, "a backslash before a '/'");
  rest.remove_prefix(1);
  return Token{Token::Kind::byte, value_of(quoted)};
}

void NameGlob::add(Token token) {
  if (token.kind == Token::Kind::byte) {
    literal_ += static_cast<char>(token.value);
  } else {
    is_literal_ = false;
  }
  const bool repeats_star =
      token.kind == Token::Kind::star && !tokens_.empty() && tokens_.back().kind == Token::Kind::star;
  if (!repeats_star) tokens_.push_back(token);
}

bool NameGlob::accepts(const Token& token, char byte) const {
  switch (token.kind) {
    case Token::Kind::byte:
      return value_of(byte) == token.value;
    case Token::Kind::any_byte:
      return true;
    case Token::Kind::set:
      return sets_[token.value].test(value_of(byte));
    case Token::Kind::star:
      return false;
  }
  return false;
}

bool NameGlob::is_any() const {
  return tokens_.size() == 1 && tokens_.front().kind == Token::Kind::star;
}

bool NameGlob::matches(std::string_view name) const {
  return is_literal_ ? name == literal_ : matches_tokens(name);
}

// Only the last star passed ever needs to take more: what an earlier star could yield by taking more, the
// later one can reach as well. So there is one place to go back to, and each return there costs one pass at
// most.
bool NameGlob::matches_tokens(std::string_view name) const {
  struct Retry {
    std::size_t token, byte;
  };
  std::optional<Retry> retry;
  std::size_t token = 0;
  std::size_t byte = 0;
  while (byte < name.size()) {
    if (token < tokens_.size() && tokens_[token].kind == Token::Kind::star) {
      retry = Retry{++token, byte};
    } else if (token < tokens_.size() && accepts(tokens_[token], name[byte])) {
      ++token;
      ++byte;
    } else if (retry) {
      byte = ++retry->byte;
      token = retry->token;
    } else {
      return false;
    }
  }
  return std::all_of(tokens_.begin() + static_cast<std::ptrdiff_t>(token), tokens_.end(),
                     [](const Token& left) { return left.kind == Token::Kind::star; });
}

}  // namespace pvm::model
