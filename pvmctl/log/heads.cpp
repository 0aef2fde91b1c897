// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/log/heads.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/model/field_values.hpp"
#include "libpvm/model/fields.hpp"
#include "libpvm/system/safe_file.hpp"

namespace pvm::pvmctl::log {
namespace {

using base::Code;
using base::fail;
using base::Result;
using system::Guard;

constexpr Guard k_guard = Guard::own_or_root;
constexpr std::chrono::milliseconds k_lock_step{20};
constexpr int k_lock_tries = 250;  // 5 s: what is done under the lock takes milliseconds

// ---- the text -----------------------------------------------------------------------------------

struct Line {
  base::VaultId vault;
  SeenHead seen;
  crypto::TreeEdge edge;  // empty where there is none
};

std::optional<crypto::TreeEdge> parse_edge(std::uint64_t size, std::string_view text) {
  if (text == model::k_none) return crypto::TreeEdge();
  const auto hashes = base::from_base64(text);
  if (!hashes) return std::nullopt;
  auto edge = crypto::TreeEdge::from_parts(size, base::as_text(*hashes));
  if (!edge) return std::nullopt;
  return std::move(*edge);
}

std::optional<Line> parse_line(std::string_view text) {
  const auto words = model::split_words<5>(text);
  if (!words) return std::nullopt;
  const auto vault = base::VaultId::from_hex((*words)[0]);
  const auto size = model::parse_count((*words)[1]);
  const auto root = base::digest_from_base64((*words)[2]);
  const auto time = model::parse_moment((*words)[4]);
  if (!vault || !size || !root || !time) return std::nullopt;
  auto edge = parse_edge(*size, (*words)[3]);
  if (!edge) return std::nullopt;
  return Line{*vault, {{*size, *root}, *time}, std::move(*edge)};
}

std::string edge_text(const crypto::TreeEdge& edge) {
  const std::string hashes = edge.hashes();
  return base::to_base64(reinterpret_cast<const std::uint8_t*>(hashes.data()), hashes.size());
}

bool is_sound(const SeenLog& log) {
  const auto is_in_order = [](const SeenHead& a, const SeenHead& b) { return a.head.size < b.head.size; };
  const auto fits = [](const SeenHead& seen) {
    return seen.head.size > 0 && seen.head.size <= model::k_max_count && model::is_moment(seen.time);
  };
  return !log.heads.empty() && log.heads.size() <= k_heads_per_vault &&
         std::ranges::all_of(log.heads, fits) &&
         std::ranges::adjacent_find(log.heads, std::not_fn(is_in_order)) == log.heads.end() &&
         log.edge.head() == log.heads.back().head;
}

// ---- the file -----------------------------------------------------------------------------------

base::Failure naming(const std::string& path, const base::Error& error) {
  const std::string what = base::display(path) + " keeps the heads of the audit logs that you saw; ";
  const std::string next =
      error.hint.empty() ? "look at it: " + base::shell_command({"ls", "-l", path}) : error.hint;
  const bool is_named = error.message.find(path) != std::string::npos;
  return fail(error.code, is_named ? error.message : base::quoted(path) + ": " + error.message, what + next);
}

Result<SeenLogs> read_all(const std::string& directory, const std::string& path) {
  const auto checked = system::checked_directory(directory, k_guard);
  if (!checked) {
    if (checked.error().code == Code::missing) return SeenLogs();
    return naming(path, checked.error());
  }
  const auto text = system::read_checked_file(path, k_guard, k_heads_max_bytes);
  if (!text) {
    if (text.error().code == Code::missing) return SeenLogs();
    if (text.error().code == Code::limit) return naming(path, {Code::malformed, text.error().message, ""});
    return naming(path, text.error());
  }
  auto logs = decode_heads(*text);
  if (!logs) return naming(path, logs.error());
  return logs;
}

/// Held for as long as it lives.
Result<base::Descriptor> lock(const std::string& directory) {
  base::Descriptor held(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!held) return base::fail_errno("cannot open " + base::quoted(directory), errno);
  for (int tries = 0; tries < k_lock_tries; ++tries) {
    if (::flock(held.get(), LOCK_EX | LOCK_NB) == 0) return held;
    const int error = errno;
    if (error != EWOULDBLOCK && error != EINTR) {
      return base::fail_errno("cannot lock " + base::quoted(directory), error);
    }
    std::this_thread::sleep_for(k_lock_step);
  }
  return fail(Code::busy, "another process has " + base::quoted(directory) + " locked", "try again");
}

/// Changes what is kept of one vault; `change` says whether it did.
enum class Changed { yes, no };
Result<void> change(const std::string& directory, const std::string& path,
                    const std::function<Result<Changed>(SeenLogs&)>& change) {
  if (auto made = system::make_private_directories(directory); !made) return naming(path, made.error());
  const auto held = lock(directory);
  if (!held) return naming(path, held.error());
  auto logs = read_all(directory, path);
  if (!logs) return base::pass_on(logs);
  const auto changed = change(*logs);
  if (!changed) return naming(path, changed.error());
  if (*changed == Changed::no) return {};
  const auto text = encode(*logs);
  if (!text) return naming(path, text.error());
  if (auto written = system::write_file_atomically(path, *text, 0600); !written)
    return naming(path, written.error());
  return {};
}

Result<Changed> add(SeenLog& log, const crypto::TreeEdge& edge, base::UnixTime now) {
  const model::TreeHead head = edge.head();
  const auto size_of = [](const SeenHead& seen) { return seen.head.size; };
  const auto place = std::ranges::lower_bound(log.heads, head.size, {}, size_of);
  if (place != log.heads.end() && place->head.size == head.size) {
    if (place->head == head) return Changed::no;
    return fail(Code::broken,
                "another log of " + base::counted(head.size, "entry", "entries") + " was seen before");
  }
  if (place == log.heads.end()) log.edge = edge;
  log.heads.insert(place, {head, now});
  if (log.heads.size() > k_heads_per_vault) log.heads.erase(log.heads.begin());
  return Changed::yes;
}

}  // namespace

Result<std::string> encode(const SeenLogs& logs) {
  std::string text = "pvm-heads/1\n";
  for (const auto& [vault, log] : logs) {
    if (!is_sound(log))
      return fail(Code::malformed, "what was seen of vault " + vault.brief() + " has no text");
    for (const SeenHead& seen : log.heads) {
      const bool is_newest = &seen == &log.heads.back();
      text += vault.hex() + " " + model::head_value(seen.head) + " " +
              (is_newest ? edge_text(log.edge) : std::string(model::k_none)) + " " +
              std::to_string(base::unix_seconds(seen.time)) + "\n";
    }
  }
  if (text.size() <= k_heads_max_bytes) return text;
  return fail(Code::limit, "it would be longer than " + base::human_bytes(k_heads_max_bytes),
              "take out lines of vaults that are gone");
}

Result<SeenLogs> decode_heads(std::string_view text) {
  model::FieldReader in("heads", text);
  in.header("pvm-heads");
  SeenLogs logs;
  while (in.has_more()) {
    auto line = in.line(parse_line);
    if (!line) break;
    SeenLog& log = logs[line->vault];
    log.heads.push_back(line->seen);
    log.edge = std::move(line->edge);
  }
  if (auto fault = in.finish()) return *fault;
  // What was read must be what would have been written: so no line is twice, and an edge is that of its head.
  const auto again = encode(logs);
  if (!again || *again != text)
    return fail(Code::malformed, "heads: lines twice, out of order, or without the edge of their head");
  return logs;
}

Result<SeenLog> HeadsFile::read(const base::VaultId& vault) const {
  const auto logs = read_all(directory_, path());
  if (!logs) return base::pass_on(logs);
  const auto found = logs->find(vault);
  return found == logs->end() ? SeenLog() : found->second;
}

Result<void> HeadsFile::remember(const base::VaultId& vault, const crypto::TreeEdge& edge,
                                 base::UnixTime now) const {
  return change(directory_, path(), [&](SeenLogs& logs) { return add(logs[vault], edge, now); });
}

Result<void> HeadsFile::start_over(const base::VaultId& vault, const crypto::TreeEdge& edge,
                                   base::UnixTime now) const {
  return change(directory_, path(), [&](SeenLogs& logs) {
    logs[vault] = SeenLog();
    return add(logs[vault], edge, now);
  });
}

}  // namespace pvm::pvmctl::log
