// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/remote/seen_hosts.hpp"

#include <map>

#include "libpvm/base/text.hpp"
#include "libpvm/model/fields.hpp"
#include "libpvm/system/safe_file.hpp"

namespace pvm::pvmctl::remote {
namespace {

using base::Code;
using base::Result;
using Hosts = std::map<std::string, base::VaultId>;

constexpr std::string_view k_first_line = "pvm-hosts/1\n";
constexpr std::size_t k_hosts_max_bytes = 1024 * 1024;

std::string text_of(const Hosts& hosts) {
  std::string text(k_first_line);
  for (const auto& [name, vault] : hosts) text += base::percent_encode(name) + " " + vault.hex() + "\n";
  return text;
}

std::optional<Hosts> parse_hosts(std::string_view text) {
  if (!text.starts_with(k_first_line)) return std::nullopt;
  Hosts hosts;
  for (std::string_view rest = text.substr(k_first_line.size()); !rest.empty();) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const auto words = model::split_words<2>(rest.substr(0, end));
    if (!words) return std::nullopt;
    const auto name = base::percent_decode((*words)[0]);
    const auto vault = base::VaultId::from_hex((*words)[1]);
    if (!name || !vault) return std::nullopt;
    hosts.emplace(*name, *vault);
    rest.remove_prefix(end + 1);
  }
  if (text_of(hosts) != text) return std::nullopt;
  return hosts;
}

Result<Hosts> read_hosts(const std::string& directory, const std::string& path) {
  const auto checked = system::checked_directory(directory, system::Guard::own_or_root);
  if (!checked && checked.error().code == Code::missing) return Hosts();
  if (!checked) return base::pass_on(checked);
  const auto text = system::read_checked_file(path, system::Guard::own_or_root, k_hosts_max_bytes);
  if (!text && text.error().code == Code::missing) return Hosts();
  if (!text) return base::pass_on(text);
  auto hosts = parse_hosts(*text);
  if (!hosts) return base::fail(Code::malformed, base::quoted(path) + " is not as it was written", "look at it; move it away");
  return std::move(*hosts);
}

}  // namespace

Result<std::optional<base::VaultId>> SeenHosts::find(const std::string& destination) const {
  const auto hosts = read_hosts(directory_, path());
  if (!hosts) return base::pass_on(hosts);
  const auto found = hosts->find(destination);
  return found == hosts->end() ? std::nullopt : std::optional<base::VaultId>(found->second);
}

Result<std::optional<std::string>> SeenHosts::other_with(const base::VaultId& vault, const std::string& destination) const {
  const auto hosts = read_hosts(directory_, path());
  if (!hosts) return base::pass_on(hosts);
  for (const auto& [name, found] : *hosts) {
    if (found == vault && name != destination) return std::optional<std::string>(name);
  }
  return std::optional<std::string>();
}

Result<void> SeenHosts::remember(const std::string& destination, const base::VaultId& vault) const {
  auto hosts = read_hosts(directory_, path());
  if (!hosts) return base::pass_on(hosts);
  if (!hosts->emplace(destination, vault).second) return {};
  if (auto made = system::make_private_directories(directory_); !made) return made;
  return system::write_file_atomically(path(), text_of(*hosts), 0600);
}

}  // namespace pvm::pvmctl::remote
