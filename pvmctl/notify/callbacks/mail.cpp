// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "libpvm/base/bytes.hpp"
#include "libpvm/crypto/sha256.hpp"
#include "pvmctl/notify/callbacks/mail_text.hpp"
#include "pvmctl/notify/callbacks/parts.hpp"

namespace pvm::notify {
namespace {

using namespace callbacks;

constexpr base::Seconds k_mail_keep{31 * 24 * 3600};  // longer than a request can live

/// The first line that somebody wrote: neither empty nor quoted.
std::string_view first_own_line(std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto first = line.find_first_not_of(" \t\r");
    if (first != std::string_view::npos && line[first] != '>') return line;
  }
  return {};
}

/// RFC 3834: what answers by itself says so.
bool is_from_program(const MailText& mail) {
  return std::any_of(mail.headers.begin(), mail.headers.end(), [](const auto& header) {
    const auto& [name, value] = header;
    return (name == "auto-submitted" && value != "no") || name == "precedence" || name == "list-id" || name == "x-auto-response-suppress";
  });
}

}  // namespace

base::Result<Callback> read_mail_callback(std::string_view bytes, const std::vector<std::string>& senders) {
  if (const auto size = check_size(bytes); !size) return base::pass_on(size);
  const auto mail = read_mail(bytes);
  if (!mail) return malformed("it is not a mail with a plain text");
  const auto from = mail->only("from");
  const auto sender = from ? mail_address(*from) : std::nullopt;
  if (!sender) return untrusted("it does not have one sender");
  if (std::find(senders.begin(), senders.end(), *sender) == senders.end()) return untrusted("its sender is nobody's");
  if (is_from_program(*mail)) return Callback(Unrelated());
  auto answered = from_words(first_own_line(mail->text));
  if (!answered) return Callback(Unrelated());
  answered->person = *sender;
  answered->nonce = "mail " + base::to_hex(crypto::sha256(bytes));
  answered->keep = k_mail_keep;
  return Callback(*std::move(answered));
}

}  // namespace pvm::notify
