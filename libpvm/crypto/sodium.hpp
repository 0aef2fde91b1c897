// SPDX-License-Identifier: Apache-2.0
// Makes libsodium ready. Floor: crypto (its own files only).
#pragma once

namespace pvm::crypto {

/// Initialises libsodium at the first call; ends the process where that fails. Called before any use of it.
void require_sodium();

}  // namespace pvm::crypto
