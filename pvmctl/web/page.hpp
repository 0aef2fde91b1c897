// SPDX-License-Identifier: Apache-2.0
// The page's files, as they stand in pvmctl/web/page/: part of the program, so that nobody swaps them beside it.
#pragma once

#include <string_view>

namespace pvm::pvmctl::web {

struct PageFile {
  std::string_view name;  // "index.html"
  std::string_view type;
  std::string_view text;
};

/// nullptr where there is none of that name. Lives as long as the program.
[[nodiscard]] const PageFile* find_page_file(std::string_view name);

}  // namespace pvm::pvmctl::web
