// SPDX-License-Identifier: Apache-2.0
// How entries of the audit log are shown: as JSON, as a line of CSV. Pure.
#pragma once

#include <string>
#include <string_view>

#include "libpvm/vault/audit.hpp"
#include "pvmctl/reply.hpp"

namespace pvm::pvmctl {

/// entry, time (ISO), type, agent, scope, decision, grant, tier, details (an object of texts); absent things
/// are null. A name that the details hold twice becomes a list.
[[nodiscard]] Json entry_json(const vault::AuditEntry& entry);

/// The titles of csv_line, ending in CRLF.
[[nodiscard]] std::string csv_titles();
/// One entry as a record of RFC 4180, in one line, ending in CRLF. Foreign bytes are escaped (base::display).
[[nodiscard]] std::string csv_line(const vault::AuditEntry& entry);
/// One cell: quoted where RFC 4180 wants it; what a spreadsheet would take for a formula (a leading = + - @,
/// tab or carriage return) gets an apostrophe in front.
[[nodiscard]] std::string csv_cell(std::string_view text);

/// "1 entry", "1,042 entries"
[[nodiscard]] std::string entries_text(std::uint64_t count);

/// Whether agent, scope, decision, type, grant or the details (as written, and their values as they were
/// meant) hold `text`.
[[nodiscard]] bool mentions(const vault::AuditEntry& entry, std::string_view text);

}  // namespace pvm::pvmctl
