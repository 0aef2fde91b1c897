// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/callbacks/mail_text.hpp"

#include <algorithm>

#include "libpvm/base/bytes.hpp"
#include "pvmctl/notify/config_value.hpp"

namespace pvm::notify::callbacks {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t k_most_headers = 256;
constexpr int k_most_levels = 4;
constexpr std::size_t k_most_boundary = 70;  // RFC 2046 section 5.1.1

std::string in_lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

std::string_view without_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// The next line of `text`, without its end; `text` is left behind it.
std::string_view take_line(std::string_view& text) {
  const auto end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// The headers at the front of `mail`, which is left at its body.
std::optional<Headers> take_headers(std::string_view& mail) {
  Headers headers;
  while (!mail.empty()) {
    const std::string_view line = take_line(mail);
    if (line.empty()) return headers;
    if (line.front() == ' ' || line.front() == '\t') {
      if (headers.empty()) return std::nullopt;
      headers.back().second += " " + std::string(without_blanks(line));
      continue;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || headers.size() == k_most_headers) return std::nullopt;
    headers.emplace_back(in_lower_case(line.substr(0, colon)), without_blanks(line.substr(colon + 1)));
  }
  return headers;
}

std::string value_of(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

/// The boundary of a Content-Type; empty where it has none.
std::string boundary_of(const std::string& type) {
  const auto at = in_lower_case(type).find("boundary=");
  if (at == std::string::npos) return {};
  std::string_view rest = std::string_view(type).substr(at + 9);
  const bool is_quoted = rest.starts_with('"');
  if (is_quoted) rest.remove_prefix(1);
  rest = rest.substr(0, rest.find_first_of(is_quoted ? "\"" : "; \t"));
  return rest.size() <= k_most_boundary ? std::string(rest) : std::string();
}

int hex_digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

/// RFC 2045 section 6.7; what is no escape stays.
std::string from_quoted_printable(std::string_view body) {
  std::string out;
  for (std::size_t at = 0; at < body.size(); ++at) {
    if (body[at] != '=') {
      out += body[at];
    } else if (body.substr(at + 1).starts_with("\r\n")) {
      at += 2;
    } else if (body.substr(at + 1).starts_with('\n')) {
      at += 1;
    } else if (at + 2 < body.size() && hex_digit(body[at + 1]) >= 0 && hex_digit(body[at + 2]) >= 0) {
      out += static_cast<char>(hex_digit(body[at + 1]) * 16 + hex_digit(body[at + 2]));
      at += 2;
    } else {
      out += '=';
    }
  }
  return out;
}

std::optional<std::string> decoded(std::string_view body, const std::string& encoding) {
  if (encoding.empty() || encoding == "7bit" || encoding == "8bit" || encoding == "binary") return std::string(body);
  if (encoding == "quoted-printable") return from_quoted_printable(body);
  if (encoding != "base64") return std::nullopt;
  std::string joined;
  std::copy_if(body.begin(), body.end(), std::back_inserter(joined), [](char c) { return c != '\r' && c != '\n' && c != ' '; });
  const auto bytes = base::from_base64(joined);
  return bytes ? std::optional<std::string>(base::as_text(*bytes)) : std::nullopt;
}

std::optional<std::string> plain_part(const Headers& headers, std::string_view body, int level);

/// The first text/plain among the parts of a multipart body.
std::optional<std::string> among_parts(std::string_view body, const std::string& boundary, int level) {
  const std::string mark = "--" + boundary;
  std::string_view part;
  bool is_inside = false;
  for (std::string_view rest = body; !rest.empty();) {
    const char* const start = rest.data();
    const std::string_view line = take_line(rest);
    const bool is_last = line == mark + "--";
    if (line != mark && !is_last) continue;
    if (is_inside) {
      part = part.substr(0, static_cast<std::size_t>(start - part.data()));
      auto headers = take_headers(part);
      auto text = headers ? plain_part(*headers, part, level + 1) : std::nullopt;
      if (text) return text;
    }
    if (is_last) return std::nullopt;
    is_inside = true;
    part = rest;
  }
  return std::nullopt;
}

std::optional<std::string> plain_part(const Headers& headers, std::string_view body, int level) {
  const std::string given = value_of(headers, "content-type");
  const std::string type = in_lower_case(without_blanks(given.substr(0, given.find(';'))));
  if (type.starts_with("multipart/")) {
    const std::string boundary = boundary_of(given);
    return boundary.empty() || level >= k_most_levels ? std::nullopt : among_parts(body, boundary, level);
  }
  if (!type.empty() && type != "text/plain") return std::nullopt;
  return decoded(body, in_lower_case(value_of(headers, "content-transfer-encoding")));
}

}  // namespace

std::optional<std::string> MailText::only(std::string_view name) const {
  const auto is_it = [name](const auto& header) { return header.first == name; };
  if (std::count_if(headers.begin(), headers.end(), is_it) != 1) return std::nullopt;
  return std::find_if(headers.begin(), headers.end(), is_it)->second;
}

std::optional<MailText> read_mail(std::string_view mail) {
  auto headers = take_headers(mail);
  if (!headers) return std::nullopt;
  auto text = plain_part(*headers, mail, 0);
  if (!text) return std::nullopt;
  return MailText{*std::move(headers), *std::move(text)};
}

std::optional<std::string> mail_address(std::string_view from) {
  from = without_blanks(from);
  if (from.ends_with('>')) {
    const auto open = from.find('<');
    const std::string_view name = from.substr(0, open);
    // Whatever could hold a second address, or a '<' that is none.
    if (open == std::string_view::npos || name.find_first_of("\"@,;:<>()\\") != std::string_view::npos) {
      const bool is_quoted = open != std::string_view::npos && name.starts_with('"') && without_blanks(name).ends_with('"') &&
                             name.find_first_of("\"\\<>", 1) == without_blanks(name).size() - 1;
      if (!is_quoted) return std::nullopt;
    }
    from = from.substr(open + 1, from.size() - open - 2);
  }
  if (!address_complaint(from).empty()) return std::nullopt;
  return in_lower_case(from);
}

}  // namespace pvm::notify::callbacks
