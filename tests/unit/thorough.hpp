// SPDX-License-Identifier: Apache-2.0
// Whether a long test runs whole: packaging/soak sets PVM_THOROUGH; the suite runs a part of it, and under the sanitizers,
// where each step takes some ten times as long, a smaller one.
#pragma once

#include <cstdlib>

inline bool is_thorough() { return std::getenv("PVM_THOROUGH") != nullptr; }

#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool k_is_sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
inline constexpr bool k_is_sanitized = true;
#else
inline constexpr bool k_is_sanitized = false;
#endif
#else
inline constexpr bool k_is_sanitized = false;
#endif

/// Of many tries that are alike, each so manieth is made.
inline int stride() { return k_is_sanitized && !is_thorough() ? 5 : 1; }
