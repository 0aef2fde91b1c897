// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/approval/login_door.hpp"

#include <algorithm>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/id.hpp"
#include "libpvm/crypto/sha256.hpp"

namespace pvm::pvmctl::approval {
namespace {

constexpr std::size_t k_token_bytes = 32;
constexpr std::size_t k_token_length = 43;

}  // namespace

base::Result<std::string> login_socket(const system::Site& site, const system::Environment& environment) {
  // A shared vault's directory is the agent's, too.
  if (site.places.owner != system::TrustOwner::root) return site.places.state_directory + "/serve.sock";
  const auto own = system::own_state_directory(environment);
  if (!own) return base::pass_on(own);
  return *own + "/serve.sock";
}

std::string new_token() {
  base::Bytes bytes;
  while (bytes.size() < k_token_bytes) {
    const auto some = crypto::random_id<base::RequestId>().raw();
    bytes.insert(bytes.end(), some.begin(), some.end());
  }
  std::string text = base::to_base64(bytes.data(), bytes.size());
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  text.resize(k_token_length);
  return text;
}

bool is_token(std::string_view text) {
  return text.size() == k_token_length && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

}  // namespace pvm::pvmctl::approval
