// SPDX-License-Identifier: Apache-2.0
// The text of an account.
#include <algorithm>
#include <array>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/model/fields.hpp"
#include "wrappers/git/hook.hpp"

namespace pvm::wrappers::git {
namespace {

using base::Result;

base::Failure malformed() {
  return base::fail(base::Code::malformed, "git's pre-push hook was told something that cannot be read");
}

std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

std::optional<Account> head_from(std::string_view line, std::uint64_t& count) {
  constexpr std::size_t k_words = 10;
  const auto words = model::split_words<k_words>(line);
  if (!words || (*words)[0] != "push") return std::nullopt;
  Account account;
  const auto pid = base::parse_decimal((*words)[1]);
  const auto size = base::parse_decimal((*words)[2]);
  const auto number = base::parse_decimal((*words)[9]);
  if (!pid || !size || !number) return std::nullopt;
  account.git_pid = *pid;
  account.output_size = *size;
  count = *number;
  std::size_t at = 3;
  for (std::string* field : {&account.remote, &account.url, &account.place, &account.repository, &account.hook, &account.hook_digest}) {
    auto text = base::percent_decode((*words)[at++]);
    if (!text) return std::nullopt;
    *field = std::move(*text);
  }
  return account;
}

// The local ref is what was typed, which may hold spaces (HEAD^{/two words}).
std::optional<RefLine> ref_from(std::string_view line) {
  std::array<std::string_view, 3> last;
  for (auto word = last.rbegin(); word != last.rend(); ++word) {
    const auto space = line.rfind(' ');
    if (space == std::string_view::npos || space + 1 == line.size()) return std::nullopt;
    *word = line.substr(space + 1);
    line = line.substr(0, space);
  }
  if (line.empty()) return std::nullopt;
  return RefLine{std::string(line), std::string(last[0]), std::string(last[1]), std::string(last[2])};
}

}  // namespace

std::string to_text(const Account& account) {
  std::string text = "push " + std::to_string(account.git_pid) + " " + std::to_string(account.output_size);
  for (const std::string* field : {&account.remote, &account.url, &account.place, &account.repository, &account.hook,
                                   &account.hook_digest}) {
    text += " " + base::percent_encode(*field);
  }
  text += " " + std::to_string(account.refs.size()) + "\n";
  for (const RefLine& ref : account.refs) {
    text += ref.local_ref + " " + ref.local_id + " " + ref.remote_ref + " " + ref.remote_id + "\n";
  }
  return text;
}

Result<std::vector<Account>> accounts_from_text(std::string_view text) {
  std::vector<Account> accounts;
  while (!text.empty()) {
    std::uint64_t count = 0;
    auto account = head_from(take_line(text), count);
    if (!account) return malformed();
    for (; count > 0; --count) {
      auto ref = ref_from(take_line(text));
      if (!ref) return malformed();
      account->refs.push_back(std::move(*ref));
    }
    accounts.push_back(std::move(*account));
  }
  return accounts;
}

}  // namespace pvm::wrappers::git
