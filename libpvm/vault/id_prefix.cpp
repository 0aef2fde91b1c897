// SPDX-License-Identifier: Apache-2.0
// Requests and grants by the start of their ids.
#include "libpvm/base/text.hpp"
#include "libpvm/vault/sqlite_vault.hpp"

namespace pvm::vault {

using base::Code;
using base::fail;
using base::Result;

Result<std::string> SqliteVault::id_by_prefix(const char* sql, std::string_view prefix, std::string_view what) {
  constexpr std::size_t shortest = 4;
  constexpr std::string_view hex = "0123456789abcdef";
  if (prefix.size() < shortest || prefix.size() > 32 || prefix.find_first_not_of(hex) != std::string_view::npos) {
    return fail(Code::usage, base::quoted(prefix, 64) + " is no " + std::string(what) + " id",
                "give at least 4 characters of it (0-9, a-f)");
  }
  Statement rows = database_.prepare(sql);
  const std::string upper = std::string(prefix) + "g";  // after every continuation of the prefix
  rows.bind(prefix, upper);
  std::vector<std::string> found;
  for (;;) {
    const auto row = rows.step();
    if (!row) return base::pass_on(row);
    if (!*row) break;
    found.push_back(rows.text(0));
  }
  if (found.empty()) {
    return fail(Code::usage, "there is no " + std::string(what) + " " + base::quoted(prefix),
                what == "grant" ? "list them with: pvmctl grants --all" : "list them with: pvmctl pending, or pvmctl status");
  }
  if (found.size() == 1) return found.front();
  std::string list;
  for (const std::string& id : found) list += (list.empty() ? "" : ", ") + id.substr(0, 12);
  return fail(Code::usage, base::quoted(prefix) + " fits more than one " + std::string(what) + ": " + list,
              "give more characters of it");
}

Result<base::RequestId> SqliteVault::request_by_prefix(std::string_view prefix) {
  const auto hex = id_by_prefix(
      "SELECT request_id FROM requests WHERE request_id >= ?1 AND request_id < ?2 LIMIT 4", prefix, "request");
  if (!hex) return base::pass_on(hex);
  const auto id = base::RequestId::from_hex(*hex);
  if (!id) return fail(Code::malformed, "the vault holds a request whose id is not an id");
  return *id;
}

}  // namespace pvm::vault
