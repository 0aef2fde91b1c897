// SPDX-License-Identifier: Apache-2.0
// How requests that wait for an answer are shown, many at a time.
#pragma once

#include <string>
#include <vector>

#include "libpvm/base/time.hpp"
#include "pvmctl/reply.hpp"
#include "pvmctl/request_groups.hpp"

namespace pvm::pvmctl {

enum class Lines { first, all };  // of a long group

/// "waiting now", or "asked 4 h ago, not waiting".
[[nodiscard]] std::string waiting_words(const vault::Request& request, base::UnixTime now);

/// "claude wants rm in ~/app: 20 requests, 40 files, 80 KiB", with `home` shown as "~".
[[nodiscard]] std::string group_line(const RequestGroup& group, const std::string& home);

///   claude wants rm in ~/app: 20 requests, 40 files, 80 KiB; 14 waiting now
///     e8ad2043  waiting now                 rm -r build/a  2 files, 4 KiB
///     and 12 more, with --all
/// and one table of those that stand alone.
[[nodiscard]] std::string pending_text(const std::vector<RequestGroup>& groups, const std::string& home,
                                       base::UnixTime now, Lines lines);

/// agent, action, directory, requests (their ids), waiting (how many), files, directories, bytes, complete.
[[nodiscard]] Json groups_json(const std::vector<RequestGroup>& groups, base::UnixTime now);

}  // namespace pvm::pvmctl
