// SPDX-License-Identifier: Apache-2.0
// Bytes and their written forms. Floor: base.
//
// Every decoder here is strict: there is exactly one accepted encoding of each value, so that what was
// signed and what was read can be compared as text.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pvm::base {

using Bytes = std::vector<std::uint8_t>;
/// A SHA-256 value.
using Digest = std::array<std::uint8_t, 32>;

/// The same bytes, seen as text; the view lives as long as `bytes`.
[[nodiscard]] std::string_view as_text(const Bytes& bytes);
/// A copy of `text` as bytes.
[[nodiscard]] Bytes as_bytes(std::string_view text);

/// Lower-case hexadecimal, two characters a byte.
[[nodiscard]] std::string to_hex(const std::uint8_t* data, std::size_t size);
[[nodiscard]] std::string to_hex(const Digest& digest);
/// Writes into `out` exactly `size` bytes from 2*size lower-case characters; false (out untouched or
/// partly written) on any other length or character.
[[nodiscard]] bool from_hex(std::string_view text, std::uint8_t* out, std::size_t size);
[[nodiscard]] std::optional<Digest> digest_from_hex(std::string_view text);

/// Base64 with the standard alphabet and padding (RFC 4648 section 4).
[[nodiscard]] std::string to_base64(const std::uint8_t* data, std::size_t size);
[[nodiscard]] std::string to_base64(const Digest& digest);
/// Refuses white space, missing padding, stray bits and every byte outside the alphabet.
[[nodiscard]] std::optional<Bytes> from_base64(std::string_view text);
[[nodiscard]] std::optional<Digest> digest_from_base64(std::string_view text);

/// A decimal without sign, leading zeros or white space, at most `max`.
[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view text,
                                                         std::uint64_t max = UINT64_MAX);

}  // namespace pvm::base
