// SPDX-License-Identifier: Apache-2.0
#include "libpvm/crypto/sshsig.hpp"

#include <sodium.h>

#include <algorithm>
#include <optional>

#include "libpvm/base/text.hpp"
#include "libpvm/crypto/ed25519.hpp"
#include "libpvm/crypto/sha256.hpp"
#include "libpvm/crypto/ssh_wire.hpp"

namespace pvm::crypto {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view k_begin = "-----BEGIN SSH SIGNATURE-----\n";
constexpr std::string_view k_end = "-----END SSH SIGNATURE-----\n";
constexpr std::size_t k_columns = 70;
constexpr std::string_view k_magic = "SSHSIG";
constexpr std::uint32_t k_version = 1;
constexpr std::string_view k_hash = "sha512";
constexpr std::uint8_t k_sk_user_present = 0x01;

base::Failure damaged(std::string_view what) {
  return fail(Code::malformed, "the signature is damaged: " + std::string(what));
}

base::Failure untrusted(std::string message) {
  return fail(Code::untrusted, std::move(message));
}

// Joins the lines of base64; only the line breaks that ssh-keygen writes will do.
std::optional<std::string> join_lines(std::string_view body) {
  std::string joined;
  joined.reserve(body.size());
  while (!body.empty()) {
    const std::size_t end = body.find('\n');
    const bool is_last = end + 1 == body.size();
    if (end == std::string_view::npos || end == 0 || end > k_columns) return std::nullopt;
    if (!is_last && end != k_columns) return std::nullopt;
    joined += body.substr(0, end);
    body.remove_prefix(end + 1);
  }
  return joined;
}

std::optional<base::Bytes> remove_armor(std::string_view armored) {
  if (armored.size() < k_begin.size() + k_end.size()) return std::nullopt;
  if (!armored.starts_with(k_begin) || !armored.ends_with(k_end)) return std::nullopt;
  armored.remove_prefix(k_begin.size());
  armored.remove_suffix(k_end.size());
  const auto base64 = join_lines(armored);
  return base64 ? base::from_base64(*base64) : std::nullopt;
}

// The innermost string: type, Ed25519 signature and, for sk keys, flags and counter.
Result<void> parse_inner_signature(std::string_view bytes, SshSignature& signature) {
  WireReader reader(bytes);
  const std::string_view type = reader.read_name();
  const std::string_view ed25519 = reader.read_string();
  if (type == k_sk_ed25519_type) {
    signature.sk_flags = reader.read_byte();
    signature.sk_counter = reader.read_uint32();
  }
  if (!reader.is_complete()) return damaged("its innermost part is cut short or has bytes to spare");
  if (type != signature.key_type) return damaged("it is not of the type of its key");
  if (ed25519.size() != k_ed25519_signature_bytes) return damaged("it is not 64 bytes long");
  signature.ed25519 = base::as_bytes(ed25519);
  return {};
}

Result<SshSignature> parse_blob(std::string_view blob) {
  WireReader reader(blob);
  reader.expect(k_magic);
  const std::uint32_t version = reader.read_uint32();
  const std::string_view public_key = reader.read_string();
  const std::string_view name_space = reader.read_name();
  const std::string_view reserved = reader.read_string();
  const std::string_view hash = reader.read_name();
  const std::string_view inner = reader.read_string();
  if (!reader.is_complete()) return damaged("it does not follow the format");
  if (version != k_version) return damaged("its version is not 1");
  if (name_space.empty()) return damaged("its namespace is empty");
  if (!reserved.empty()) return damaged("its reserved field is not empty");
  if (hash != k_hash) return damaged("its hash is not sha512");

  const auto key = parse_public_key(public_key);
  if (!key) return damaged("its public key is unknown or damaged");
  if (key->ed25519.empty()) {
    return fail(Code::malformed,
                "signatures by keys of type " + base::quoted(key->type) + " are not supported",
                "sign with an ed25519 or ed25519-sk key");
  }
  SshSignature signature;
  signature.public_key = base::as_bytes(public_key);
  signature.key_type = key->type;
  signature.name_space = name_space;
  if (auto parsed = parse_inner_signature(inner, signature); !parsed) return base::pass_on(std::move(parsed));
  return signature;
}

// What stands between an entry of allowed_signers and a signature, in the order of the checks.
enum class Standing { no_namespaces, wrong_namespace, wrong_principal, not_yet_valid, expired, good };

Standing standing_of(const AllowedSigner& signer, std::string_view name_space, std::string_view principal,
                     base::UnixTime at) {
  if (signer.namespaces.empty()) return Standing::no_namespaces;
  if (!has_namespace(signer, name_space)) return Standing::wrong_namespace;
  if (!has_principal(signer, principal)) return Standing::wrong_principal;
  if (is_valid_at(signer, at)) return Standing::good;
  return signer.valid_after && at < *signer.valid_after ? Standing::not_yet_valid : Standing::expired;
}

Result<void> judge_standing(Standing standing, const AllowedSigner& signer, std::string_view name_space,
                            std::string_view principal) {
  const std::string line = "allowed_signers line " + std::to_string(signer.line) + ": ";
  switch (standing) {
    case Standing::no_namespaces:
      return untrusted(line + "the signing key has no namespaces= and is trusted with nothing");
    case Standing::wrong_namespace:
      return untrusted(line + "the signing key is not trusted with namespace " + base::quoted(name_space));
    case Standing::wrong_principal:
      return untrusted(line + "the signing key does not belong to " + base::quoted(principal));
    case Standing::not_yet_valid:
      return untrusted(line + "the signing key is not valid before " + base::iso_time(*signer.valid_after));
    case Standing::expired:
      return untrusted(line + "the signing key is not valid since " + base::iso_time(*signer.valid_before));
    case Standing::good:
      return {};
  }
  return untrusted(line + "the signing key is not trusted");
}

// Whether one of the entries of `public_key` is good; if none is, the complaint is about the one that came
// closest.
Result<void> check_signer(const base::Bytes& public_key, std::string_view name_space,
                          std::string_view principal, base::UnixTime at,
                          std::span<const AllowedSigner> signers) {
  const AllowedSigner* best = nullptr;
  Standing best_standing = Standing::no_namespaces;
  for (const AllowedSigner& signer : signers) {
    if (signer.key_blob != public_key) continue;
    const Standing standing = standing_of(signer, name_space, principal, at);
    if (best != nullptr && standing <= best_standing) continue;
    best = &signer;
    best_standing = standing;
  }
  if (best == nullptr) {
    return untrusted("the signing key " + fingerprint(public_key) + " is not in allowed_signers");
  }
  return judge_standing(best_standing, *best, name_space, principal);
}

std::string sha512(std::string_view bytes) {
  std::string digest(crypto_hash_sha512_BYTES, '\0');
  crypto_hash_sha512(reinterpret_cast<unsigned char*>(digest.data()),
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return digest;
}

std::string sha256_text(std::string_view bytes) {
  const base::Digest digest = sha256(bytes);
  return {digest.begin(), digest.end()};
}

std::string signed_data(std::string_view message, std::string_view name_space) {
  std::string data(k_magic);
  append_string(data, name_space);
  append_string(data, {});
  append_string(data, k_hash);
  append_string(data, sha512(message));
  return data;
}

// What a security key signs in place of `data`.
std::string sk_signed_data(const SshSignature& signature, std::string_view application,
                           std::string_view data) {
  std::string out = sha256_text(application);
  out += static_cast<char>(signature.sk_flags);
  append_uint32(out, signature.sk_counter);
  out += sha256_text(data);
  return out;
}

Result<void> check_signature(const SshSignature& signature, std::string_view message) {
  const auto key = parse_public_key(base::as_text(signature.public_key));
  if (!key) return damaged("its public key is unknown or damaged");
  std::string data = signed_data(message, signature.name_space);
  if (signature.key_type == k_sk_ed25519_type) {
    if ((signature.sk_flags & k_sk_user_present) == 0) {
      return untrusted("the security key was not touched for the signature");
    }
    data = sk_signed_data(signature, key->application, data);
  }
  if (!is_ed25519_signature(base::as_text(signature.ed25519), data, key->ed25519)) {
    return untrusted("the signature by " + fingerprint(signature.public_key) + " is not over this text");
  }
  return {};
}

}  // namespace

Result<SshSignature> parse_sshsig(std::string_view armored) {
  if (armored.size() > k_signature_max_bytes) {
    return fail(Code::limit,
                "the signature is longer than " + base::grouped(k_signature_max_bytes) + " bytes");
  }
  const auto blob = remove_armor(armored);
  if (!blob) return damaged("it is not an armored SSH signature as ssh-keygen writes it");
  return parse_blob(base::as_text(*blob));
}

Result<void> verify_sshsig(std::string_view armored, std::string_view message, std::string_view name_space,
                           std::string_view principal, base::UnixTime at,
                           std::span<const AllowedSigner> signers) {
  const auto signature = parse_sshsig(armored);
  if (!signature) return base::pass_on(signature);
  if (signature->name_space != name_space) {
    return untrusted("the signature is for namespace " + base::quoted(signature->name_space, 80) + ", not " +
                     base::quoted(name_space, 80));
  }
  return verify_sshsig(*signature, message, principal, at, signers);
}

Result<void> verify_sshsig(const SshSignature& signature, std::string_view message, std::string_view principal,
                           base::UnixTime at, std::span<const AllowedSigner> signers) {
  if (auto known = check_signer(signature.public_key, signature.name_space, principal, at, signers); !known) return known;
  return check_signature(signature, message);
}

}  // namespace pvm::crypto
