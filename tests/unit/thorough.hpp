// SPDX-License-Identifier: Apache-2.0
// Whether a long test runs whole: packaging/soak sets PVM_THOROUGH; the suite runs a part of it.
#pragma once

#include <cstdlib>

inline bool is_thorough() { return std::getenv("PVM_THOROUGH") != nullptr; }
