// SPDX-License-Identifier: Apache-2.0
// What pvmctl reads a whole log with, and a wrapper has no need of.
#pragma once

#include "libpvm/vault/means.hpp"

namespace pvm::pvmctl::log {

/// A second thread, which lives as long as a copy of what is returned, and fast_sha256.
[[nodiscard]] vault::Means fast_means();

}  // namespace pvm::pvmctl::log
