// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/log/checkpoint.hpp"

#include "libpvm/base/bytes.hpp"
#include "pvmctl/log/lines.hpp"

namespace pvm::pvmctl::log {
namespace {

using base::Code;
using base::fail;

constexpr std::string_view k_origin_prefix = "pvm/vault/";

}  // namespace

std::string origin_of(const base::VaultId& vault) {
  return std::string(k_origin_prefix) + vault.hex();
}

std::string encode(const Checkpoint& checkpoint) {
  return origin_of(checkpoint.vault) + "\n" + std::to_string(checkpoint.head.size) + "\n" +
         base::to_base64(checkpoint.head.root) + "\n";
}

base::Result<Checkpoint> decode_checkpoint(std::string_view text) {
  Lines lines(text);
  const auto origin = lines.next_after(k_origin_prefix);
  const auto vault = origin ? base::VaultId::from_hex(*origin) : std::nullopt;
  if (!vault) return fail(Code::malformed, "this is no checkpoint of a PVM vault: its first line names none");
  const auto size_line = lines.next();
  const auto size = size_line ? base::parse_decimal(*size_line, model::k_max_count) : std::nullopt;
  if (!size || *size == 0)
    return fail(Code::malformed, "the checkpoint's second line is no number of entries");
  const auto root_line = lines.next();
  const auto root = root_line ? base::digest_from_base64(*root_line) : std::nullopt;
  if (!root) return fail(Code::malformed, "the checkpoint's third line is no root hash");
  if (!lines.rest().empty()) return fail(Code::malformed, "the checkpoint has more than its three lines");
  return Checkpoint{*vault, {*size, *root}};
}

}  // namespace pvm::pvmctl::log
