// SPDX-License-Identifier: Apache-2.0
// The values in config.yaml: variables put in, secrets fetched, and what each kind of value must look like.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/result.hpp"
#include "pvmctl/notify/config_tree.hpp"
#include "pvmctl/notify/configuration.hpp"

namespace pvm::notify {

/// The text of a scalar with each ${VARIABLE} in its value's place. Errors: malformed (no scalar, nothing in it, a variable
/// that is not set or not written as one).
[[nodiscard]] base::Result<std::string> read_text(const Tree& value, const Sources& sources);
/// One scalar, or a list of them without repeats. Errors: as read_text.
[[nodiscard]] base::Result<std::vector<std::string>> read_texts(const Tree& value, const Sources& sources);
/// true or false. Errors: malformed.
[[nodiscard]] base::Result<bool> read_truth(const Tree& value);

/// 1 to 4096 bytes of printable ASCII without spaces. Errors: malformed (also for what stands in the file itself).
[[nodiscard]] base::Result<Secret> read_secret(const Tree& value, const Sources& sources);
/// One, or a list: an old key and a new one. Errors: as read_secret.
[[nodiscard]] base::Result<std::vector<Secret>> read_secrets(const Tree& value, const Sources& sources);

// What is wrong with a value, such as "must be …"; empty: nothing. None repeats the value.

enum class Scheme { http, smtp, imap };
/// http: https://, or http:// of this machine. smtp: smtp:// (which then is made to use STARTTLS) or smtps://. imap: imaps://.
/// With a host, without user, query and fragment; http may have a path.
[[nodiscard]] std::string url_complaint(std::string_view value, Scheme scheme);
/// A number such as +15551230000 (ITU-T E.164: at most 15 digits).
[[nodiscard]] std::string phone_complaint(std::string_view value);
/// An address such as alice@example.org: letters, digits and ._%+-, at most 254 bytes.
[[nodiscard]] std::string address_complaint(std::string_view value);
/// A name of a service: 1 to 128 letters, digits and #@_.:-
[[nodiscard]] std::string place_complaint(std::string_view value);
[[nodiscard]] std::string path_complaint(std::string_view value);

}  // namespace pvm::notify
