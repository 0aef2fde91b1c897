// SPDX-License-Identifier: Apache-2.0
// Who was told of a request.
#include <algorithm>
#include <array>
#include <optional>

#include "libpvm/vault/sqlite_vault.hpp"

namespace pvm::vault {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::array<std::string_view, 3> k_results = {"sent", "failed", "retrying"};

std::optional<DeliveryResult> result_from_text(std::string_view text) {
  const auto found = std::ranges::find(k_results, text);
  if (found == k_results.end()) return std::nullopt;
  return static_cast<DeliveryResult>(found - k_results.begin());
}

}  // namespace

std::string_view to_text(DeliveryResult result) { return k_results[static_cast<std::size_t>(result)]; }

Result<void> SqliteVault::read_told(Request& request) const {
  Statement rows = database_.prepare("SELECT channel, attempt, result, why, at, handle FROM deliveries WHERE request_id = ?1 "
                                     "ORDER BY channel, attempt");
  const std::string hex = request.id.hex();
  rows.bind(hex);
  for (;;) {
    const auto row = rows.step();
    if (!row) return base::pass_on(row);
    if (!*row) return {};
    const auto result = result_from_text(rows.text(2));
    const auto attempt = rows.integer(1);
    if (!result || attempt < 1 || attempt > INT32_MAX) {
      return fail(Code::malformed, "the vault holds a delivery of request " + request.id.brief() + " that cannot be read");
    }
    request.told.push_back({rows.text(0), static_cast<std::uint32_t>(attempt), *result, rows.text(3),
                            base::from_unix(rows.integer(4)), rows.text(5)});
  }
}

Result<void> SqliteVault::note_delivery(const base::RequestId& id, const Delivery& delivery) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return base::pass_on(transaction);
  const std::string hex = id.hex();
  const std::string channel = delivery.channel.substr(0, k_channel_max_bytes);
  const std::string why = delivery.why.substr(0, k_why_max_bytes);
  Statement known = database_.prepare("SELECT 1 FROM requests WHERE request_id = ?1");
  const auto is_known = known.bind(hex).step();
  if (!is_known) return base::pass_on(is_known);
  if (!*is_known) return fail(Code::conflict, "there is no request " + id.brief());
  Statement row = database_.prepare("INSERT OR REPLACE INTO deliveries(request_id, channel, attempt, result, why, at, handle) "
                                    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)");
  auto done = row.bind(hex, channel, static_cast<std::int64_t>(delivery.attempt), to_text(delivery.result), why,
                       base::unix_seconds(delivery.time), delivery.handle)
                  .run();
  if (!done) return done;
  return transaction->commit();
}

}  // namespace pvm::vault
