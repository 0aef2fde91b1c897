// SPDX-License-Identifier: Apache-2.0
// Where shims are: the links that, first in PATH, stand in front of the real commands.
//
//   STATE/shims               made by `pvmctl shim install`
//   PREFIX/lib/pvm/shims      installed together with PREFIX/bin/pvmctl
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "pvmctl/context.hpp"

namespace pvm::pvmctl {

struct Shim {
  std::string_view name;     // what the link is called
  std::string_view wrapper;  // what it leads to
};
inline constexpr std::array<Shim, 4> k_shims = {
    {{"rm", "safe-rm"}, {"git", "safe-git-push"}, {"trash", "safe-trash"}, {"trash-put", "safe-trash"}}};

/// Whether `path` leads to a regular file that we may execute.
[[nodiscard]] bool is_program(const std::string& path);

/// Whether every shim is in `directory` and leads to a program.
[[nodiscard]] bool has_shims(const std::string& directory);

/// The wrapper beside the running pvmctl, or in bin/ next to that directory. Errors: missing; as program_directory.
[[nodiscard]] base::Result<std::string> find_wrapper(std::string_view name);

/// The directory of the running pvmctl, links resolved. Errors: as errno says.
[[nodiscard]] base::Result<std::string> program_directory();

/// PATH where it is not set.
inline constexpr const char* k_usual_path = "/usr/local/bin:/usr/bin:/bin";

/// What `name` leads to by `path` (as PATH is written): the first program of that name, as a shell would name it. An
/// empty component is the working directory. Empty where there is none.
[[nodiscard]] std::string find_in_path(std::string_view path, std::string_view name);

/// `path` with `directory` in front, and nowhere else.
[[nodiscard]] std::string path_with_first(const std::string& directory, std::string_view path);

/// STATE/shims of the person who runs this, there or not. Errors: as Context::site.
[[nodiscard]] base::Result<std::string> own_shims(Context& context);
/// PREFIX/lib/pvm/shims, where it has the shims.
[[nodiscard]] std::optional<std::string> installed_shims();
/// STATE/shims, else PREFIX/lib/pvm/shims: the first one that has the shims; nullopt where neither has. Where
/// the site cannot be read, only the second is looked at.
[[nodiscard]] std::optional<std::string> find_shims(Context& context);

}  // namespace pvm::pvmctl
