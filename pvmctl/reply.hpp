// SPDX-License-Identifier: Apache-2.0
// What a verb answers: once for people, once for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "libpvm/base/result.hpp"
#include "libpvm/frontend/exit_status.hpp"

namespace pvm::pvmctl {

using Json = nlohmann::ordered_json;

struct Reply {
  std::string text;       // whole lines, for standard output
  Json json = Json::object();
  std::string next_step;  // what the reader does next: a command or a sentence; "" where there is nothing to do
  int status = frontend::k_exit_done;
  bool is_foreign = false;  // the JSON is another machine's words: written in ASCII, where nothing acts on a terminal
};

enum class Format { text, json };

/// Writes a reply: text on standard output and "next: …" on standard error; or one JSON object that holds next_step.
/// Returns the exit status.
[[nodiscard]] int print(const Reply& reply, Format format);
/// "pvmctl: message" and "pvmctl: hint: …" on standard error; or {"error": …, "next_step": …} on standard output.
[[nodiscard]] int print(const base::Error& error, Format format);

/// Text that may hold any bytes, for JSON: escaped where it is not UTF-8 or not plain (base::display).
[[nodiscard]] std::string json_text(std::string_view bytes);

}  // namespace pvm::pvmctl
