// SPDX-License-Identifier: Apache-2.0
// Removing secrets from free text before it is stored: reasons, command lines, messages. Floor: model (pure).
//
// Known by their shape:
//   user info in URLs     scheme://user:password@host becomes scheme://[removed]@host; a user name alone
//   stays,
//                         unless it is a long random one in an http URL (a token in the user's place)
//   tokens                GitHub, GitLab, OpenAI and Anthropic (sk-), Slack, AWS, Google, npm, PyPI, Stripe,
//                         Hugging Face, Telegram; JSON Web Tokens (RFC 7519); webhook paths of Slack and
//                         Discord
//   HTTP credentials      Authorization: SCHEME X, Bearer X (RFC 7235, RFC 6750)
//   named values          password=, passwd=, token=, secret=, api_key= and the like, as `name: value` too
//   private keys          PEM and PGP blocks; one without an end goes to the end of the text
//
// What has no known shape stays, and nothing encoded (base64, %XX) is looked into: this makes an accident
// less bad, it does not make a secret safe to write. When in doubt more is removed, not less.
#pragma once

#include <string>
#include <string_view>

namespace pvm::model {

/// `text` with every secret replaced by "[removed]"; any bytes are accepted. Never fails; takes time linear
/// in the size of `text`; redact(redact(x)) == redact(x).
[[nodiscard]] std::string redact(std::string_view text);

}  // namespace pvm::model
