// SPDX-License-Identifier: Apache-2.0
// Any bytes as a repo scope, an address and a ref, each on a line of its own (the last may hold newlines).
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/model/repo_address.hpp"
#include "libpvm/model/repo_name.hpp"
#include "libpvm/model/scope.hpp"

namespace {

using pvm::model::Scope;
using pvm::model::ScopeType;

const std::vector<std::string> k_forges = {"github.com"};

void require(bool holds) {
  if (!holds) std::abort();
}

std::string take_line(std::string_view& rest) {
  const std::string line(rest.substr(0, rest.find('\n')));
  rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  return line;
}

// The name of the address and the ref; empty where there is none.
std::string check_address(const std::string& address, const std::string& ref) {
  const auto url = pvm::model::normalised_url(address, k_forges);
  if (!url) {
    require(!url.error().message.empty());
    return {};
  }
  require(url->find_first_of("#*?\\") == std::string::npos);
  if (!pvm::model::is_helper_scheme(url->substr(0, url->find(':')))) {
    require(pvm::model::normalised_url(*url, k_forges).value() == *url);
    require(pvm::model::normalised_url(*url, {}).value() == *url);
  }
  std::string name = pvm::model::repo_resource(*url, ref);
  require(pvm::model::is_repo_name(name) == pvm::model::is_full_ref(ref));
  if (!pvm::model::is_repo_name(name)) return {};
  const std::string path = pvm::model::path_of_repo_name(name);
  require(pvm::model::is_canonical(path) && path.find("/^/") == path.rfind("/^/"));
  const Scope exact = Scope::exactly(name);
  require(exact.pattern() == name && exact.covers({name}) && !exact.covers({name + "x"}) && !exact.covers({path}));
  if (name.size() <= 4096) require(Scope::parse(ScopeType::repo, name).value() == exact);
  return name;
}

void check_scope(const std::string& pattern, const std::string& name) {
  const auto scope = Scope::parse(ScopeType::repo, pattern, k_forges);
  if (!scope) {
    require(!scope.error().message.empty());
    return;
  }
  const auto again = Scope::parse(ScopeType::repo, scope->pattern());
  require(again && again->pattern() == scope->pattern());
  require(!scope->explain().empty());
  if (name.empty() || !scope->covers({name})) return;
  const auto anchors = pvm::model::anchors_of(name);
  require(std::find(anchors.begin(), anchors.end(), scope->anchor()) != anchors.end());
  require(!scope->covers({name, pvm::model::Extent::tree}) && !scope->covers({"/" + name}));
  // One scheme never covers another's.
  require(name.substr(0, name.find(':')) == scope->pattern().substr(0, scope->pattern().find(':')));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(data, data + size);
  std::string_view rest = input;
  const std::string pattern = take_line(rest);
  const std::string address = take_line(rest);
  const std::string name = check_address(address, std::string(rest));
  check_scope(pattern, name);
  return 0;
}
