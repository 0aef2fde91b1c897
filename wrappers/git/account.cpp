// SPDX-License-Identifier: Apache-2.0
// The text of an account.
#include <algorithm>

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

bool is_object_id(std::string_view text) {
  constexpr std::size_t k_sha1_digits = 40;
  constexpr std::size_t k_sha256_digits = 64;
  const bool is_long_enough = text.size() == k_sha1_digits || text.size() == k_sha256_digits;
  return is_long_enough && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Takes the last word of `line`; empty where there is none before which something stands.
std::string_view take_last_word(std::string_view& line) {
  const auto space = line.rfind(' ');
  if (space == std::string_view::npos || space == 0) return {};
  const std::string_view word = line.substr(space + 1);
  line = line.substr(0, space);
  return word;
}

// The local ref is whatever the caller said ("HEAD@{1 day ago}", "HEAD^{/a text}"), so the other words are told from behind,
// and nothing in a line may look like the end of it, or like a line of git's output.
std::optional<RefLine> ref_from(std::string_view line) {
  if (std::ranges::any_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) return std::nullopt;
  const auto remote_id = take_last_word(line);
  const auto remote_ref = take_last_word(line);
  const auto local_id = take_last_word(line);
  if (remote_ref.empty() || !is_object_id(remote_id) || !is_object_id(local_id)) return std::nullopt;
  return RefLine{std::string(line), std::string(local_id), std::string(remote_ref), std::string(remote_id)};
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
