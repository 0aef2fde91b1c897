// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/shim/agent_environment.hpp"

#include <algorithm>
#include <fstream>
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

// bash expands the value of BASH_ENV as it does what stands between double quotes.
std::string unexpanded(const std::string& path) {
  std::string value;
  for (const char c : path) {
    if (c == '$' || c == '`' || c == '\\' || c == '"') value += '\\';
    value += c;
  }
  return value;
}

// Whether BASH_ENV leads to a file of ours already, of whatever shim directory.
bool is_ours(const std::string& value) {
  std::string path;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) ++i;
    path += value[i];
  }
  if (path.substr(path.rfind('/') + 1) != k_bash_env_name) return false;
  std::ifstream file(path, std::ios::binary);
  const std::string text = bash_env_text();
  std::string held(text.size() + 1, '\0');
  file.read(held.data(), static_cast<std::streamsize>(held.size()));
  held.resize(static_cast<std::size_t>(file.gcount()));
  return held == text;
}

}  // namespace

std::string bash_env_text() {
  return R"(# Read by bash before a script of an agent's (BASH_ENV): keeps PVM's shims first in PATH. Made by pvmctl.
if [[ -n ${PVM_BASH_ENV-} ]]; then
  # What BASH_ENV was, read as bash reads it: expanded, and not looked for in PATH. It may be a file like this one.
  __pvm_before=$PVM_BASH_ENV
  unset PVM_BASH_ENV
  eval "__pvm_file=\"${__pvm_before//\"/\\\"}\""
  if [[ $__pvm_file != */* ]]; then
    __pvm_file=./$__pvm_file
  fi
  if [[ -r $__pvm_file ]]; then
    . "$__pvm_file"
  fi
  export PVM_BASH_ENV=$__pvm_before
  unset __pvm_before __pvm_file
fi
if [[ -n ${PVM_AGENT-} && ${BASH_SOURCE[0]} == /* && :${PATH-}: != ":${BASH_SOURCE[0]%/*}:"* ]]; then
  export PATH="${BASH_SOURCE[0]%/*}:${PATH-}"
fi
)";
}

std::string agent_name_for(std::string_view program, std::string_view directory, std::string_view home) {
  const std::string_view base_name = program.substr(program.find_last_of('/') + 1);
  const std::string plain = std::string(base_name) + "@" + in_short(directory, home);
  // A program's name with an '@', or none, would put it under another program's pattern, or under none.
  if (model::is_agent_name(plain) && !base_name.empty() && base_name.find('@') == std::string_view::npos) return plain;

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
  values["PATH"] = path_with_first(shims, environment.find("PATH").value_or(k_usual_path));
  values["PVM_AGENT"] = agent;
  const auto before = environment.find_filled("BASH_ENV");
  if (before && !is_ours(*before)) {
    values["PVM_BASH_ENV"] = *before;
  } else if (!before) {
    values.erase("PVM_BASH_ENV");
  }
  values["BASH_ENV"] = unexpanded(shims + "/" + std::string(k_bash_env_name));
  return system::Environment(std::move(values));
}

std::vector<std::string> as_strings(const system::Environment& environment) {
  std::vector<std::string> strings;
  for (const auto& [name, value] : environment.all()) strings.push_back(name + "=" + value);
  return strings;
}

}  // namespace pvm::pvmctl::shim
