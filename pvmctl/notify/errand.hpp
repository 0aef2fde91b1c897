// SPDX-License-Identifier: Apache-2.0
// What is to be done to tell one channel, and what came of it. Made and read by the services (service.hpp), done by transfers.hpp
// and child.hpp.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "libpvm/base/time.hpp"
#include "pvmctl/notify/message.hpp"
#include "pvmctl/notify/secret.hpp"

namespace pvm::notify {

/// A call of HTTP, a mail that is sent, or a look into a mailbox.
struct Transfer {
  enum class Method { post, patch, mail, mailbox };

  Method method = Method::post;
  Secret url;
  std::vector<Secret> headers;  // "Name: value", without line ends
  std::string body;             // of HTTP; the whole mail; a mailbox's command (RFC 3501), empty to fetch what the url names
  std::string ca_file;          // empty: the system's authorities

  std::string user;  // mail, mailbox; what follows: mail
  Secret password;
  std::string from;
  std::vector<std::string> to;

  std::chrono::milliseconds limit{15000};  // for the whole of it
};

/// A program to be run with `input`.
struct Job {
  std::vector<std::string> command;
  std::string input;
};

using Errand = std::variant<Transfer, Job>;

/// What came back. `trouble` is ours and holds no secret; empty: there is an answer, whose status is `status`.
struct Answer {
  std::string trouble;
  bool is_worth_another = false;  // the trouble may pass
  long status = 0;                // of HTTP or SMTP, or of the program
  std::string body;               // at most 64 KiB
  std::optional<base::Seconds> retry_after;
};

/// What a service's answer means.
struct Reading {
  Outcome outcome = Outcome::failed;
  std::string why;
  std::string handle;
  std::optional<base::Seconds> retry_after;
};

}  // namespace pvm::notify
