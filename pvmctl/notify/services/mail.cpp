// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <ctime>

#include "libpvm/base/text.hpp"
#include "pvmctl/notify/markup.hpp"
#include "pvmctl/notify/services/forms.hpp"
#include "pvmctl/notify/wording.hpp"

namespace pvm::notify::forms {
namespace {

// RFC 5322 section 3.3, whatever the locale.
std::string mail_date(base::UnixTime time) {
  constexpr std::array<const char*, 7> k_days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> k_months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = base::unix_seconds(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  const std::string iso = base::iso_time(time);  // 2026-11-21T09:30:00Z
  return std::string(k_days.at(static_cast<std::size_t>(parts.tm_wday))) + ", " + iso.substr(8, 2) + " " +
         k_months.at(static_cast<std::size_t>(parts.tm_mon)) + " " + iso.substr(0, 4) + " " + iso.substr(11, 8) + " +0000";
}

std::string mail_part(const std::string& type, const std::string& text) {
  return "Content-Type: " + type + "; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + mail_base64(text);
}

std::string mail_html(const Lines& lines, const std::string& answers) {
  std::string html = "<!DOCTYPE html>\n<html><body>\n<h1>" + lines.headline + "</h1>\n";
  for (const std::string* line : {&lines.effect, &lines.reason, &lines.life, &lines.more}) {
    if (!line->empty()) html += "<p>" + *line + "</p>\n";
  }
  if (!lines.door.empty()) {
    const std::string door = html_text(lines.door, lines.door.size());
    html += "<p><a href=\"" + door + "\">Look at it</a></p>\n";
  }
  if (!answers.empty()) html += "<pre>" + answers + "</pre>\n";  // our own words, and letters and digits
  return html + "</body></html>\n";
}

}  // namespace

Errand mail(const Channel& channel, const Message& message, const Occasion& occasion) {
  const Lines plain = lines_of(message, occasion.now, occasion.verdict, plain_text, {});
  const Lines marked = lines_of(message, occasion.now, occasion.verdict, html_text, {});
  std::string answers;
  if (message.buttons) answers = "Answer this mail with one of these lines at its top:\n" + answer_words(message);

  const std::string domain = channel.from.substr(channel.from.find('@') + 1);
  const std::string id = base::display(message.request, 64);
  const std::string boundary = "pvm-part-" + id;  // never in Base64, which has no '-'
  std::string to;
  for (const std::string& address : channel.to) to += (to.empty() ? "" : ",\r\n ") + address;

  std::string text = plain.headline + "\n\n" + plain.body() + "\n";
  if (!answers.empty()) text += "\n" + answers + "\n";
  Transfer transfer;
  transfer.method = Transfer::Method::mail;
  transfer.body = "Date: " + mail_date(occasion.now) + "\r\nFrom: PVM <" + channel.from + ">\r\nTo: " + to +
                  "\r\nSubject: " + mail_header("PVM: " + message.agent + " wants " + message.action + " (" + message.request.substr(0, 8) + ")", 200) +
                  "\r\nMessage-ID: <pvm-" + id + "@" + domain + ">\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n" +
                  "Content-Type: multipart/alternative; boundary=\"" + boundary + "\"\r\n\r\n--" + boundary + "\r\n" +
                  mail_part("text/plain", text) + "--" + boundary + "\r\n" + mail_part("text/html", mail_html(marked, answers)) +
                  "--" + boundary + "--\r\n";
  transfer.url = Secret(channel.base_url);
  transfer.ca_file = channel.ca_file;
  transfer.user = channel.user;
  transfer.password = channel.password;
  transfer.from = channel.from;
  transfer.to = channel.to;
  return transfer;
}

Reading read_mail(const Answer& answer) {
  if (answer.status >= 200 && answer.status < 300) return {Outcome::sent, {}, {}, {}};
  const bool is_passing = answer.status >= 400 && answer.status < 500;  // RFC 5321 section 4.2.1
  return {is_passing ? Outcome::will_retry : Outcome::failed, "the mail server says " + std::to_string(answer.status), {}, {}};
}

}  // namespace pvm::notify::forms
