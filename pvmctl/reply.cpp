// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/reply.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "libpvm/base/text.hpp"

namespace pvm::pvmctl {
namespace {

void write(std::FILE* to, std::string_view text) { std::fwrite(text.data(), 1, text.size(), to); }

// Output that did not arrive is a failure: a verdict nobody got is not a verdict.
int checked(int status) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  write(stderr, std::string("pvmctl: cannot write to standard output: ") + std::strerror(errno) + "\n");
  return frontend::k_exit_undecided;
}

}  // namespace

std::string json_text(std::string_view bytes) { return base::display(bytes, 1 << 20); }

int print(const Reply& reply, Format format) {
  if (format == Format::json) {
    Json json = reply.json;
    json["next_step"] = reply.next_step;
    write(stdout, json.dump(2, ' ', reply.is_foreign, Json::error_handler_t::replace) + "\n");
    return checked(reply.status);
  }
  write(stdout, reply.text);
  const int status = checked(reply.status);
  if (!reply.next_step.empty()) write(stderr, "next: " + reply.next_step + "\n");
  return status;
}

int print(const base::Error& error, Format format) {
  const int status = frontend::exit_status_of(error.code);
  if (format == Format::json) {
    Json json;
    json["error"] = error.message;
    json["next_step"] = error.hint;
    write(stdout, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    return checked(status);
  }
  write(stderr, "pvmctl: " + error.message + "\n");
  if (!error.hint.empty()) write(stderr, "pvmctl: hint: " + error.hint + "\n");
  return status;
}

}  // namespace pvm::pvmctl
