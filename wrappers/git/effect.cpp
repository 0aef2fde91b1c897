// SPDX-License-Identifier: Apache-2.0
#include "wrappers/git/effect.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "libpvm/base/text.hpp"

namespace pvm::wrappers::git {
namespace {

using base::Code;
using base::fail;
using base::Result;
using model::Movement;
using model::RefUpdate;

// What git says of a ref: "FLAG\tFROM:TO\tSUMMARY". FROM is whatever the caller said, TO has no colon.
struct Verdict {
  char flag;
  std::string_view summary;
  bool is_repeated = false;
};
using Verdicts = std::map<std::string_view, Verdict>;

Verdicts verdicts_in(std::string_view text) {
  Verdicts verdicts;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.size() < 3 || line[1] != '\t') continue;
    // From the right: FROM is whatever was typed, TO is a ref.
    const auto tab = line.rfind('\t');
    const auto colon = line.rfind(':', tab);
    if (tab < 2 || colon == std::string_view::npos || colon < 2) continue;
    const auto [place, is_new] = verdicts.emplace(line.substr(colon + 1, tab - colon - 1), Verdict{line[0], line.substr(tab + 1)});
    place->second.is_repeated = !is_new;
  }
  return verdicts;
}

constexpr std::string_view k_moving = " +-*";

bool says_movement(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); at = std::min(text.find('\n', at), text.size()) + 1) {
    if (at + 1 < text.size() && text[at + 1] == '\t' && k_moving.find(text[at]) != std::string_view::npos) return true;
  }
  return false;
}

bool is_none(const std::string& id) { return id.find_first_not_of('0') == std::string::npos; }

// What `git push` itself writes of an account stands between it and the next one of the same git process; what a git in a
// submodule writes goes elsewhere.
std::string_view output_of(const std::vector<Account>& accounts, std::size_t index, std::string_view output) {
  const std::uint64_t git = accounts.front().git_pid;
  if (accounts[index].git_pid != git) return {};
  std::size_t end = output.size();
  for (std::size_t next = index + 1; next < accounts.size(); ++next) {
    if (accounts[next].git_pid != git) continue;
    end = std::min<std::size_t>(end, accounts[next].output_size);
    break;
  }
  const auto begin = std::min<std::size_t>(accounts[index].output_size, end);
  return output.substr(begin, end - begin);
}

// A tag that is there already stays, whatever else changes meanwhile. Other rejections depend on what is known here by then.
bool stays_rejected(const Verdict& verdict) {
  return verdict.flag == '!' && verdict.summary.find("(already exists)") != std::string_view::npos;
}

Move move_of(std::size_t account, const RefLine& ref, const std::optional<Verdict>& verdict) {
  RefUpdate update{Movement::forced, is_none(ref.remote_id) ? "" : ref.remote_id, is_none(ref.local_id) ? "" : ref.local_id,
                   ref.remote_ref};
  bool is_judged = true;
  if (update.new_id.empty()) {
    update.movement = Movement::deletion;
  } else if (update.old_id.empty()) {
    update.movement = Movement::creation;
  } else if (verdict && verdict->flag == ' ') {
    update.movement = Movement::fast_forward;
  } else {
    is_judged = verdict.has_value();
  }
  return {account, std::move(update), is_judged};
}

}  // namespace

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

Result<Moves> moves_of(const std::vector<Account>& accounts, std::string_view output, Reach reach) {
  Moves all;
  all.has_movement = says_movement(output);
  bool has_mover = false;
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    const Account& account = accounts[i];
    if (has_control(account.url)) {
      return fail(Code::usage, "the URL " + base::quoted(account.url, 256) + " has a control byte", "give it without");
    }
    const Verdicts verdicts = verdicts_in(output_of(accounts, i, output));
    for (const auto& [ref, verdict] : verdicts) all.has_rejection = all.has_rejection || verdict.flag == '!';
    const bool is_main = account.git_pid == accounts.front().git_pid;
    if (is_main && verdicts.empty() && reach == Reach::submodules_only) continue;
    if (is_main && verdicts.empty() && !account.refs.empty() && !all.has_movement) {
      all.has_failed = true;
      continue;
    }
    for (const RefLine& ref : account.refs) {
      const auto found = verdicts.find(ref.remote_ref);
      const auto verdict = found == verdicts.end() ? std::nullopt : std::optional(found->second);
      if (is_main && (!verdict || verdict->is_repeated || verdict->flag == '=')) {
        return fail(Code::malformed, "git says in two ways what it would push to " + base::quoted(ref.remote_ref, 256));
      }
      has_mover = has_mover || !verdict || verdict->flag != '!';
      if (verdict && stays_rejected(*verdict)) continue;
      all.moves.push_back(move_of(i, ref, verdict));
    }
    // What a mirror deletes the hook is not told.
    for (const auto& [ref, verdict] : verdicts) {
      if (verdict.flag != '-') continue;
      const auto has_it = [ref = ref](const RefLine& line) { return line.remote_ref == ref; };
      if (std::ranges::any_of(account.refs, has_it)) continue;
      has_mover = true;
      all.moves.push_back({i, {Movement::deletion, "", "", std::string(ref)}});
    }
  }
  // git rejects whatever it lists: there is nothing to ask for, and it says why by itself.
  if (!has_mover || all.has_failed) all.moves.clear();
  return all;
}

}  // namespace pvm::wrappers::git
