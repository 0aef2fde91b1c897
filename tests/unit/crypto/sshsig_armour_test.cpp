// SPDX-License-Identifier: Apache-2.0
// The armour: what ssh-keygen writes is read whatever its length, and of all else that ssh-keygen would read
// nothing is. So a signature has one text, and no tolerance is needed.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sshsig_fixture.hpp"

using namespace pvm::test;
using pvm::base::Code;

namespace {

enum class Answer { refuses, accepts };

/// An armour that is not the one form, and what ssh-keygen says to it.
struct Variant {
  const char* what;
  std::string armored;
  Answer ssh_keygen;
};

std::string with(std::string text, std::size_t at, std::string_view added) {
  return text.insert(at, added);
}

std::string with_line_ends(const std::string& text, std::string_view line_end) {
  std::string out;
  for (const char c : text) out += c == '\n' ? std::string(line_end) : std::string(1, c);
  return out;
}

// The last letter before the padding stands for two bits too many: another one for the same bytes.
std::string with_stray_bits(std::string text) {
  const std::size_t last = text.find("=\n") - 1;
  REQUIRE(last < text.size());
  REQUIRE(text[last] != '=');
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  text[last] = alphabet[alphabet.find(text[last]) + 1];
  return text;
}

std::vector<Variant> variants(const std::string& good) {
  const std::string blob = unarmor(good);
  const std::size_t body = good.find('\n') + 1;
  const std::size_t end = good.find("-----END");
  const std::string begin_line = good.substr(0, body);
  const std::string end_line = good.substr(end);
  return {
      {"no newline at the end", good.substr(0, good.size() - 1), Answer::accepts},
      {"two newlines at the end", good + "\n", Answer::accepts},
      {"text after the end", good + "x", Answer::accepts},
      {"text on the end line", good.substr(0, good.size() - 1) + "x\n", Answer::accepts},
      {"another signature after it", good + good, Answer::accepts},
      {"a NUL byte after the end", good + '\0', Answer::accepts},
      {"lines of 64 columns", armor(blob, 64), Answer::accepts},
      {"lines of 71 columns", armor(blob, 71), Answer::accepts},
      {"lines of 76 columns", armor(blob, 76), Answer::accepts},
      {"a single line", armor(blob, 100'000), Answer::accepts},
      {"a blank line before the base64", with(good, body, "\n"), Answer::accepts},
      {"a blank line after the base64", with(good, end, "\n"), Answer::accepts},
      {"a blank within the base64", with(good, body + 3, " "), Answer::accepts},
      {"a tab within the base64", with(good, body + 3, "\t"), Answer::accepts},
      {"a blank at a line's end", with(good, body + 70, " "), Answer::accepts},
      {"a carriage return within the base64", with(good, body + 70, "\r"), Answer::accepts},
      {"stray bits in the last letter", with_stray_bits(good), Answer::refuses},
      {"no padding", good.substr(0, good.find('=')) + "\n" + end_line, Answer::refuses},
      {"CR LF line ends", with_line_ends(good, "\r\n"), Answer::refuses},
      {"a newline before it", "\n" + good, Answer::refuses},
      {"a blank before it", " " + good, Answer::refuses},
      {"a byte order mark before it", "\xEF\xBB\xBF" + good, Answer::refuses},
      {"a blank on the begin line", with(good, body - 1, " "), Answer::refuses},
      {"no newline before the end line", good.substr(0, end - 1) + end_line, Answer::refuses},
      {"a byte more in the blob", armor(blob + '\0'), Answer::refuses},
      {"the blob twice", armor(blob + blob), Answer::refuses},
      {"nothing in it", armor(""), Answer::refuses},
      {"the begin line alone", begin_line, Answer::refuses},
      {"the end line alone", end_line, Answer::refuses},
      {"no lines of base64", begin_line + end_line, Answer::refuses},
      {"two lines run together", "-----BEGIN SSH SIGNATURE-----END SSH SIGNATURE-----\n", Answer::refuses},
      {"nothing", "", Answer::refuses},
  };
}

// A signature whose base64 ends in one "=", as that by any ed25519 key over a grant does.
constexpr std::size_t k_accepted_by_ssh_keygen = 16;

}  // namespace

TEST_CASE("no armour but ssh-keygen's own is accepted, though ssh-keygen reads many") {
  Signed alice;
  check_accepted_by_both(alice.ssh, question(alice.armored, alice.trusted));
  std::size_t accepted = 0;
  for (const Variant& variant : variants(alice.armored)) {
    CAPTURE(variant.what);
    CHECK(variant.armored != alice.armored);
    const Question asked = question(variant.armored, alice.trusted);
    check_refused(asked, Code::malformed, "damaged");
    CHECK(alice.ssh.verifies(asked) == (variant.ssh_keygen == Answer::accepts));
    if (variant.ssh_keygen == Answer::accepts) ++accepted;
  }
  CHECK(accepted == k_accepted_by_ssh_keygen);
}

TEST_CASE("what ssh-keygen signs is read, however long its last line is") {
  SshKeygen ssh;
  const std::string trusted = line_for("alice@host", "namespaces=\"*\"", ssh.make_key("alice", "ed25519"));
  // Three bytes of namespace are four letters: 35 steps lead through all the lengths that a last line can
  // have.
  std::vector<bool> seen(71, false);
  for (std::size_t size = 1; size <= 3 * 35; size += 3) {
    const std::string name_space(size, 'n');
    const std::string armored = ssh.sign("alice", k_message, name_space);
    CAPTURE(size);
    CHECK(armor(unarmor(armored)) == armored);
    Question asked = question(armored, trusted);
    asked.name_space = name_space;
    check_accepted_by_both(ssh, asked);
    const std::size_t end = armored.find("\n-----END");
    seen[end - armored.rfind('\n', end - 1) - 1] = true;
  }
  for (std::size_t length = 2; length <= 70; length += 2) {
    CAPTURE(length);
    CHECK(seen[length]);
  }
}
