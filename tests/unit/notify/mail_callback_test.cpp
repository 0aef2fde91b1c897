// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "pvmctl/notify/callbacks/mail_text.hpp"
#include "tests/unit/mutations.hpp"
#include "tests/unit/notify/callback_samples.hpp"

using namespace pvm::notify;
using namespace pvm::notify::test;

namespace {

const std::string k_alice = "Alice <alice@example.org>";
const std::string k_quoted = "\r\nOn Mon, PVM wrote:\r\n> approve " + k_code + "\r\n> 30m " + k_code + "\r\n";

std::string multipart(const std::string& text, const std::string& encoding = "7bit") {
  return mail_from(k_alice,
                   "preamble approve " + k_code + "\r\n--b1\r\nContent-Type: multipart/related; boundary=b2\r\n\r\n--b2\r\nContent-Type: text/html\r\n\r\n<p>approve " +
                       k_code + "</p>\r\n--b2--\r\n--b1\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: " + encoding + "\r\n\r\n" + text +
                       "\r\n--b1--\r\n",
                   "Content-Type: multipart/alternative;\r\n boundary=\"b1\"\r\n");
}

}  // namespace

TEST_CASE("a reply answers by its first line, whatever is quoted beneath, and however it is encoded") {
  for (const std::string& good :
       {mail_from(k_alice, "approve " + k_code), mail_from("alice@example.org", "\r\n\r\n  Approve " + k_code + " \r\n" + k_quoted),
        mail_from("\"Doe, Alice\" <ALICE@EXAMPLE.ORG>", "approve " + k_code + "\n"), mail_from(k_alice, "> 30m x\r\napprove " + k_code),
        mail_from(k_alice, "approve " + k_code, "Auto-Submitted: no\r\n"), multipart("approve " + k_code + k_quoted),
        multipart("=61pprove =\r\n" + k_code, "quoted-printable"),
        multipart(pvm::base::to_base64(reinterpret_cast<const std::uint8_t*>(("approve " + k_code).data()), 8 + k_code.size()), "base64")}) {
    CAPTURE(good);
    const auto callback = mail(good);
    REQUIRE(answer_in(callback) != nullptr);
    CHECK(answer_in(callback)->secret == k_code);
    CHECK(answer_in(callback)->person == "alice@example.org");
  }
  const auto denied = mail(mail_from(k_alice, "deny " + k_code + " ask me on Monday\r\n"));
  REQUIRE(answer_in(denied) != nullptr);
  CHECK(answer_in(denied)->note == "ask me on Monday");
}

TEST_CASE("mail that is not plainly an answer of somebody known decides nothing") {
  const std::string answer = "approve " + k_code;
  const std::vector<std::string> hostile = {
      "", "\r\n", "x", answer, mail_from(k_alice, ""), mail_from(k_alice, k_quoted), mail_from(k_alice, "Hello,\r\n" + answer),
      mail_from(k_alice, "> " + answer), mail_from(k_alice, "  > " + answer), mail_from(k_alice, "-----Original Message-----\r\n" + answer),
      mail_from(k_alice, answer + " please"), mail_from("mallory@example.org", answer), mail_from("alice@example.org, mallory@example.org", answer),
      mail_from("mallory@example.org <alice@example.org>, <mallory@example.org>", answer), mail_from("alice@example.org <mallory@example.org>", answer),
      mail_from("\"alice@example.org\" <mallory@example.org>", answer), mail_from("Alice <alice@example.org> <mallory@example.org>", answer),
      mail_from("alice@example.org\r\nFrom: mallory@example.org", answer), mail_from("alice@example.org.evil.example", answer),
      mail_from("", answer), mail_from("=?UTF-8?B?YWxpY2VAZXhhbXBsZS5vcmc=?=", answer), mail_from("undisclosed:alice@example.org;", answer),
      mail_from(k_alice, answer, "Auto-Submitted: auto-replied\r\n"), mail_from(k_alice, answer, "Precedence: bulk\r\n"),
      mail_from(k_alice, answer, "List-Id: <x>\r\n"), mail_from(k_alice, answer, "Content-Type: text/html\r\n"),
      mail_from(k_alice, answer, "Content-Transfer-Encoding: x-uuencode\r\n"), mail_from(k_alice, answer, "Content-Transfer-Encoding: base64\r\n"),
      mail_from(k_alice, answer, "Content-Type: multipart/mixed\r\n"), mail_from(k_alice, answer, "Content-Type: multipart/mixed; boundary=zz\r\n"),
      multipart("nothing"), multipart("> " + answer), " folded: at the start\r\n" + mail_from(k_alice, answer), "no colon\r\n" + mail_from(k_alice, answer),
      mail_from(k_alice, "x" + std::string(70000, 'x')), mail_from(k_alice, std::string("\0", 1) + answer), mail_from(k_alice, "\xFF" + answer),
      "From: alice@example.org\r\n" + std::string("X: y\r\n") + "\r\n",
  };
  for (const std::string& bytes : hostile) {
    CAPTURE(bytes.substr(0, 300));
    CHECK(answer_in(mail(bytes)) == nullptr);
  }
  std::string many = "From: alice@example.org\r\n";
  for (int count = 0; count < 300; ++count) many += "X: y\r\n";
  CHECK(answer_in(mail(many + "\r\n" + answer)) == nullptr);
  std::string deep = mail_from(k_alice, "", "Content-Type: multipart/mixed; boundary=b0\r\n");
  for (int level = 0; level < 20; ++level) {
    deep += "--b" + std::to_string(level) + "\r\nContent-Type: multipart/mixed; boundary=b" + std::to_string(level + 1) + "\r\n\r\n";
  }
  CHECK(answer_in(mail(deep + "--b20\r\n\r\n" + answer)) == nullptr);
}

TEST_CASE("any change of a mail leaves an answer with that very code and sender, or none") {
  const std::string good = multipart("approve " + k_code);
  int looked = 0;
  pvm::test::each_mutation(good, pvm::test::Depth::some, [&](const std::string& changed, const auto&) {
    const auto callback = mail(changed);
    ++looked;
    if (answer_in(callback) == nullptr) return;
    const bool is_known = answer_in(callback)->person == "alice@example.org" || answer_in(callback)->person == "bob@example.org";
    if (!is_known) FAIL(changed);
  });
  CHECK(looked > 5000);
}

TEST_CASE("an address is read where it is one, and only one") {
  using pvm::notify::callbacks::mail_address;
  CHECK(mail_address("Alice <a@b.c>") == "a@b.c");
  CHECK(mail_address("<A@B.C>") == "a@b.c");
  CHECK(mail_address("\"Doe, Alice\" <a@b.c>") == "a@b.c");
  for (const char* const bad : {"", "<>", "a", "a@", "@b", "a@b, c@d", "A <a@b.c", "a@b.c>", "\"x\" y\" <a@b.c>", "\"a@b.c\" <d@e.f> <a@b.c>", "(x) <a@b.c>", "x: a@b.c;"}) {
    CAPTURE(bad);
    CHECK_FALSE(mail_address(bad).has_value());
  }
}
