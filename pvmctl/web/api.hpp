// SPDX-License-Identifier: Apache-2.0
// The JSON API beneath /api/v1, for who is logged in: which path is which of the desk's calls. Its description for
// programs is share/openapi.yaml.
#pragma once

#include <string>

#include "pvmctl/web/desk.hpp"
#include "pvmctl/web/http.hpp"
#include "pvmctl/web/http_words.hpp"

namespace pvm::pvmctl::web {

struct Call {
  std::string method;
  Target target;  // beneath /api/v1: its path is without these two
  std::string body;
  Person person;
};

/// {"error": …, "hint": …} with the status that fits the code: 400, 403, 404, 409, 413, 503 or 500.
[[nodiscard]] Answer error_answer(const base::Error& error);
[[nodiscard]] Answer json_answer(const Json& json);

/// 404 for a path that is none, 405 for one that has no such method. GET changes nothing. `desk` outlives what comes back.
[[nodiscard]] Outcome answer_call(Desk& desk, const Call& call);

}  // namespace pvm::pvmctl::web
