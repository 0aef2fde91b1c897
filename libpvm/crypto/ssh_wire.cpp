// SPDX-License-Identifier: Apache-2.0
#include "libpvm/crypto/ssh_wire.hpp"

#include <algorithm>
#include <array>

#include "libpvm/crypto/ed25519.hpp"

namespace pvm::crypto {
namespace {

// What OpenSSH reads and PVM does not verify.
struct OtherKeyType {
  std::string_view name;
  int strings;  // after the type
};

constexpr std::array<OtherKeyType, 6> k_other_types = {{
    {"ssh-rsa", 2},              // e, n
    {"ssh-dss", 4},              // p, q, g, y
    {"ecdsa-sha2-nistp256", 2},  // curve, point
    {"ecdsa-sha2-nistp384", 2},
    {"ecdsa-sha2-nistp521", 2},
    {"sk-ecdsa-sha2-nistp256@openssh.com", 3},  // curve, point, application
}};

const OtherKeyType* find_other_type(std::string_view name) {
  const auto* at = std::find_if(k_other_types.begin(), k_other_types.end(),
                                [name](const OtherKeyType& type) { return type.name == name; });
  return at == k_other_types.end() ? nullptr : at;
}

bool is_ed25519_type(std::string_view type) {
  return type == k_ed25519_type || type == k_sk_ed25519_type;
}

}  // namespace

std::string_view WireReader::take(std::size_t size) {
  if (failed_ || size > rest_.size()) {
    failed_ = true;
    return {};
  }
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::uint8_t WireReader::read_byte() {
  const std::string_view byte = take(1);
  return byte.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(byte.front());
}

std::uint32_t WireReader::read_uint32() {
  std::uint32_t value = 0;
  for (const char byte : take(4)) value = (value << 8) | static_cast<std::uint8_t>(byte);
  return value;
}

std::string_view WireReader::read_string() {
  return take(read_uint32());
}

std::string_view WireReader::read_name() {
  const std::string_view name = read_string();
  if (name.find('\0') != std::string_view::npos) failed_ = true;
  return failed_ ? std::string_view() : name;
}

void WireReader::expect(std::string_view expected) {
  if (take(expected.size()) != expected) failed_ = true;
}

void append_uint32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xFF);
}

void append_string(std::string& out, std::string_view value) {
  append_uint32(out, static_cast<std::uint32_t>(value.size()));
  out += value;
}

bool is_known_key_type(std::string_view type) {
  return is_ed25519_type(type) || find_other_type(type) != nullptr;
}

std::optional<SshPublicKey> parse_public_key(std::string_view blob) {
  WireReader reader(blob);
  SshPublicKey key;
  key.type = reader.read_name();
  if (is_ed25519_type(key.type)) {
    key.ed25519 = reader.read_string();
    if (key.type == k_sk_ed25519_type) key.application = reader.read_name();
    if (key.ed25519.size() != k_ed25519_key_bytes) return std::nullopt;
  } else if (const OtherKeyType* other = find_other_type(key.type)) {
    for (int i = 0; i < other->strings; ++i) static_cast<void>(reader.read_string());
  } else {
    return std::nullopt;
  }
  if (!reader.is_complete()) return std::nullopt;
  return key;
}

}  // namespace pvm::crypto
