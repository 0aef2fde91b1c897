// SPDX-License-Identifier: Apache-2.0
// Logs, and heads files that remember them. Floor: tests.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "../system/temporary_directory.hpp"
#include "pvmctl/log/heads.hpp"

namespace pvm::test {

using pvmctl::log::HeadsFile;
using pvmctl::log::SeenLog;

inline const base::UnixTime k_looked = base::from_unix(1'790'000'000);
inline const std::string k_heads_header = "pvm-heads/1\n";

inline base::VaultId vault_named(std::uint8_t byte) {
  base::VaultId::Raw raw;
  raw.fill(byte);
  return base::VaultId(raw);
}
inline const base::VaultId k_seen_vault = vault_named(0xAA);

/// The log of `size` entries; another `seed`, other entries.
inline crypto::TreeEdge log_of(std::uint64_t size, const std::string& seed = "entry ") {
  crypto::TreeEdge edge;
  while (edge.size() < size) edge.append(crypto::leaf_hash(seed + std::to_string(edge.size())));
  return edge;
}

inline void remember(const HeadsFile& file, const crypto::TreeEdge& edge, const base::VaultId& vault = k_seen_vault,
                     base::UnixTime now = k_looked) {
  const auto done = file.remember(vault, edge, now);
  REQUIRE_MESSAGE(done.has_value(), done.error().message);
}

inline SeenLog seen(const HeadsFile& file, const base::VaultId& vault = k_seen_vault) {
  auto log = file.read(vault);
  REQUIRE_MESSAGE(log.has_value(), log.error().message);
  return std::move(*log);
}

/// Neither read nor written over, with `code`, and a hint that names the file.
inline void is_refused(const HeadsFile& file, base::Code code) {
  const auto read = file.read(k_seen_vault);
  REQUIRE_FALSE(read.has_value());
  INFO(read.error().message, " ", read.error().hint);
  CHECK(read.error().code == code);
  CHECK(read.error().hint.find(file.path()) != std::string::npos);
  const auto written = file.remember(k_seen_vault, log_of(1000), k_looked);
  REQUIRE_FALSE(written.has_value());
  CHECK(written.error().code == code);
  CHECK(written.error().hint.find(file.path()) != std::string::npos);
  CHECK_FALSE(file.start_over(k_seen_vault, log_of(1000), k_looked).has_value());
}

inline void is_malformed_heads(const std::string& text) {
  const TemporaryDirectory scratch;
  scratch.write("heads", text);
  CAPTURE(text.substr(0, 2000));
  is_refused(HeadsFile(scratch.path()), base::Code::malformed);
  CHECK(contents_of(scratch.at("heads")) == text);
}

}  // namespace pvm::test
