// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/shim/agent_environment.hpp"

#include <algorithm>
#include <map>

#include "libpvm/base/bytes.hpp"
#include "libpvm/crypto/sha256.hpp"
#include "libpvm/model/operation.hpp"
#include "pvmctl/shim/directory.hpp"

namespace pvm::pvmctl::shim {
namespace {

constexpr std::size_t k_longest_name = 128;
constexpr std::size_t k_digits = 8;

std::string in_short(std::string_view directory, std::string_view home) {
  const bool is_beneath = home.size() > 1 && directory.starts_with(home) &&
                          (directory.size() == home.size() || directory[home.size()] == '/');
  return is_beneath ? "~" + std::string(directory.substr(home.size())) : std::string(directory);
}

std::string with_plain_bytes(std::string text) {
  std::replace_if(text.begin(), text.end(), [](char c) { return !model::is_agent_name("a" + std::string(1, c)); }, '_');
  return text;
}

std::string distinguishing(std::string_view program, std::string_view directory) {
  const auto digest = crypto::sha256(std::string(program) + '\0' + std::string(directory));
  return ":" + base::to_hex(digest).substr(0, k_digits);
}

}  // namespace

std::string bash_env_text() {
  return "# Read by bash before a script of an agent's (BASH_ENV): keeps PVM's shims first in PATH. Made by pvmctl.\n"
         "if [[ -n ${PVM_BASH_ENV-} && -r ${PVM_BASH_ENV-} ]]; then\n"
         "  . \"$PVM_BASH_ENV\"\n"
         "fi\n"
         "if [[ -n ${PVM_AGENT-} && ${BASH_SOURCE[0]} == /* && :${PATH-}: != \":${BASH_SOURCE[0]%/*}:\"* ]]; then\n"
         "  export PATH=\"${BASH_SOURCE[0]%/*}:${PATH-}\"\n"
         "fi\n";
}

std::string agent_name_for(std::string_view program, std::string_view directory, std::string_view home) {
  const std::string_view base_name = program.substr(program.find_last_of('/') + 1);
  const std::string plain = std::string(base_name) + "@" + in_short(directory, home);
  // Without a program's name in front there would be no pattern for it: "@/work" has none.
  if (model::is_agent_name(plain) && plain.front() != '@') return plain;

  const std::string end = distinguishing(base_name, directory);
  std::string front = with_plain_bytes(std::string(base_name.substr(0, k_longest_name / 4)));
  std::replace(front.begin(), front.end(), '@', '_');
  if (front.empty() || front.front() == '-') front.insert(0, "_");
  std::string path = with_plain_bytes(in_short(directory, home));
  const std::size_t room = k_longest_name - front.size() - 1 - end.size();
  if (path.size() > room) path.erase(0, path.size() - room);
  return front + "@" + path + end;
}

system::Environment agent_environment(const system::Environment& environment, const std::string& shims,
                                      const std::string& agent) {
  auto values = environment.all();
  values["PATH"] = path_with_first(shims, environment.find("PATH").value_or("/usr/local/bin:/usr/bin:/bin"));
  values["PVM_AGENT"] = agent;
  const std::string bash_env = shims + "/" + std::string(k_bash_env_name);
  const auto before = environment.find_filled("BASH_ENV");
  if (before && *before != bash_env) {
    values["PVM_BASH_ENV"] = *before;
  } else if (!before) {
    values.erase("PVM_BASH_ENV");
  }
  values["BASH_ENV"] = bash_env;
  return system::Environment(std::move(values));
}

std::vector<std::string> as_strings(const system::Environment& environment) {
  std::vector<std::string> strings;
  for (const auto& [name, value] : environment.all()) strings.push_back(name + "=" + value);
  return strings;
}

}  // namespace pvm::pvmctl::shim
