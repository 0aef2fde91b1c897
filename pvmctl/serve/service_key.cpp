// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/serve/service_key.hpp"

#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/crypto/sodium.hpp"
#include "libpvm/crypto/ssh_wire.hpp"
#include "libpvm/system/safe_file.hpp"

namespace pvm::pvmctl::serve {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view k_format = "pvm-service-key/1";
constexpr std::size_t k_file_max_bytes = 4096;
constexpr std::size_t k_seed = crypto_sign_SEEDBYTES;
constexpr std::size_t k_sealed = k_seed + crypto_secretbox_MACBYTES;
// What a file may make us spend, whoever wrote it.
constexpr std::uint64_t k_most_passes = 10;
constexpr std::uint64_t k_most_memory = 1024ULL * 1024 * 1024;

/// What a key file says.
struct KeyFile {
  approval::PublicKey public_key;
  bool is_encrypted = false;
  std::uint64_t passes = 0;
  std::uint64_t memory = 0;
  std::array<unsigned char, crypto_pwhash_SALTBYTES> salt{};
  std::array<unsigned char, crypto_secretbox_NONCEBYTES> nonce{};
  std::string secret;  // hexadecimal
};

base::Failure damaged(const std::string& path, std::string_view what) {
  return fail(Code::malformed, base::quoted(path) + " is no key of pvmctl serve: " + std::string(what),
              "make another one: pvmctl serve --init-key");
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(at);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

template <std::size_t size>
bool read_hex(std::string_view text, std::array<unsigned char, size>& out) {
  return base::from_hex(text, out.data(), out.size());
}

bool read_kdf(const std::vector<std::string_view>& words, KeyFile& file) {
  if (words.size() == 2 && words[1] == "none") return true;
  if (words.size() != 5 || words[1] != "argon2id") return false;
  const auto passes = base::parse_decimal(words[2], k_most_passes);
  const auto memory = base::parse_decimal(words[3], k_most_memory);
  if (!passes || !memory || *passes < crypto_pwhash_OPSLIMIT_MIN || *memory < crypto_pwhash_MEMLIMIT_MIN) return false;
  file.is_encrypted = true;
  file.passes = *passes;
  file.memory = *memory;
  return read_hex(words[4], file.salt);
}

bool read_box(const std::vector<std::string_view>& words, KeyFile& file) {
  if (words.size() != (file.is_encrypted ? 3 : 2)) return false;
  file.secret = words.back();
  if (file.secret.size() != 2 * (file.is_encrypted ? k_sealed : k_seed)) return false;
  return !file.is_encrypted || read_hex(words[1], file.nonce);
}

Result<KeyFile> read_file(const std::string& path) {
  const auto text = system::read_checked_file(path, system::Guard::own_private, k_file_max_bytes);
  if (!text) return base::pass_on(text);
  const auto lines = split(*text, '\n');
  if (lines.front().starts_with("pvm-service-key/") && lines.front() != k_format) {
    return fail(Code::newer, base::quoted(path) + " was written by a newer PVM");
  }
  if (lines.size() != 5 || lines[0] != k_format || !lines[4].empty()) return damaged(path, "it has another form");
  KeyFile file;
  constexpr std::string_view k_public = "public ";
  auto key = lines[1].starts_with(k_public) ? approval::parse_public_key(lines[1].substr(k_public.size()))
                                            : Result<approval::PublicKey>(fail(Code::malformed, "no public key"));
  if (!key || key->type != crypto::k_ed25519_type || key->line != lines[1].substr(k_public.size())) {
    return damaged(path, "its public key");
  }
  file.public_key = std::move(*key);
  const auto kdf = split(lines[2], ' ');
  const auto box = split(lines[3], ' ');
  if (kdf.front() != "kdf" || !read_kdf(kdf, file)) return damaged(path, "how it is encrypted");
  if (box.front() != "box" || !read_box(box, file)) return damaged(path, "its secret");
  return file;
}

unsigned char* allocate(std::size_t size) {
  auto* secret = static_cast<unsigned char*>(sodium_malloc(size));
  if (secret == nullptr) throw std::bad_alloc();
  return secret;
}

std::string hex_of(const unsigned char* bytes, std::size_t size) { return base::to_hex(bytes, size); }

// The key that a passphrase gives.
bool derive(unsigned char* key, std::string_view passphrase, const KeyFile& file) {
  return crypto_pwhash(key, crypto_secretbox_KEYBYTES, passphrase.data(), passphrase.size(), file.salt.data(), file.passes,
                       static_cast<std::size_t>(file.memory), crypto_pwhash_ALG_ARGON2ID13) == 0;
}

std::string armoured(const std::string& blob) {
  constexpr std::size_t k_columns = 70;
  const std::string text = base::to_base64(reinterpret_cast<const std::uint8_t*>(blob.data()), blob.size());
  std::string out = "-----BEGIN SSH SIGNATURE-----\n";
  for (std::size_t at = 0; at < text.size(); at += k_columns) out += text.substr(at, k_columns) + "\n";
  return out + "-----END SSH SIGNATURE-----\n";
}

std::string sha512(std::string_view text) {
  std::string digest(crypto_hash_sha512_BYTES, '\0');
  crypto_hash_sha512(reinterpret_cast<unsigned char*>(digest.data()), reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return digest;
}

}  // namespace

void ServiceKey::Release::operator()(unsigned char* secret) const { sodium_free(secret); }

ServiceKey::ServiceKey(Secret seed) : seed_(std::move(seed)) {
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> key{};
  const Secret pair(allocate(crypto_sign_SECRETKEYBYTES));
  crypto_sign_seed_keypair(key.data(), pair.get(), seed_.get());
  std::string blob;
  crypto::append_string(blob, crypto::k_ed25519_type);
  crypto::append_string(blob, {reinterpret_cast<const char*>(key.data()), key.size()});
  public_key_.type = crypto::k_ed25519_type;
  public_key_.blob = base::as_bytes(blob);
  public_key_.line = public_key_.type + " " + base::to_base64(public_key_.blob.data(), public_key_.blob.size());
}

ServiceKey ServiceKey::generate() {
  crypto::require_sodium();
  Secret seed(allocate(k_seed));
  randombytes_buf(seed.get(), k_seed);
  return ServiceKey(std::move(seed));
}

Result<bool> ServiceKey::is_encrypted(const std::string& path) {
  crypto::require_sodium();
  const auto file = read_file(path);
  if (!file) return base::pass_on(file);
  return file->is_encrypted;
}

Result<ServiceKey> ServiceKey::open(const std::string& path, std::string_view passphrase) {
  crypto::require_sodium();
  const auto file = read_file(path);
  if (!file) return base::pass_on(file);
  Secret seed(allocate(k_seed));
  if (!file->is_encrypted) {
    if (!base::from_hex(file->secret, seed.get(), k_seed)) return damaged(path, "its secret");
  } else {
    std::array<unsigned char, k_sealed> sealed{};
    if (!read_hex(file->secret, sealed)) return damaged(path, "its secret");
    const Secret key(allocate(crypto_secretbox_KEYBYTES));
    if (!derive(key.get(), passphrase, *file)) return fail(Code::io, "there is not enough memory to open " + base::quoted(path));
    if (crypto_secretbox_open_easy(seed.get(), sealed.data(), sealed.size(), file->nonce.data(), key.get()) != 0) {
      return fail(Code::refused, "that is not the passphrase of " + base::quoted(path));
    }
  }
  ServiceKey opened(std::move(seed));
  if (opened.public_key_.blob != file->public_key.blob) return damaged(path, "its secret is that of another public key");
  opened.is_unattended_ = !file->is_encrypted;
  return opened;
}

std::string ServiceKey::file_text(std::string_view passphrase) const {
  std::string text = std::string(k_format) + "\npublic " + public_key_.line + "\n";
  if (passphrase.empty()) return text + "kdf none\nbox " + hex_of(seed_.get(), k_seed) + "\n";
  KeyFile file;
  file.passes = crypto_pwhash_OPSLIMIT_MODERATE;
  file.memory = crypto_pwhash_MEMLIMIT_MODERATE;
  randombytes_buf(file.salt.data(), file.salt.size());
  randombytes_buf(file.nonce.data(), file.nonce.size());
  const Secret key(allocate(crypto_secretbox_KEYBYTES));
  if (!derive(key.get(), passphrase, file)) throw std::bad_alloc();
  std::array<unsigned char, k_sealed> sealed{};
  crypto_secretbox_easy(sealed.data(), seed_.get(), k_seed, file.nonce.data(), key.get());
  return text + "kdf argon2id " + std::to_string(file.passes) + " " + std::to_string(file.memory) + " " +
         hex_of(file.salt.data(), file.salt.size()) + "\nbox " + hex_of(file.nonce.data(), file.nonce.size()) + " " +
         hex_of(sealed.data(), sealed.size()) + "\n";
}

std::string ServiceKey::sign(std::string_view name_space, std::string_view statement) const {
  constexpr std::string_view k_magic = "SSHSIG";
  constexpr std::string_view k_hash = "sha512";
  std::string data(k_magic);
  for (const std::string_view part : {name_space, std::string_view(), k_hash}) crypto::append_string(data, part);
  crypto::append_string(data, sha512(statement));

  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> ignored{};
  const Secret pair(allocate(crypto_sign_SECRETKEYBYTES));
  crypto_sign_seed_keypair(ignored.data(), pair.get(), seed_.get());
  std::array<unsigned char, crypto_sign_BYTES> signature{};
  crypto_sign_detached(signature.data(), nullptr, reinterpret_cast<const unsigned char*>(data.data()), data.size(), pair.get());

  std::string inner;
  crypto::append_string(inner, crypto::k_ed25519_type);
  crypto::append_string(inner, {reinterpret_cast<const char*>(signature.data()), signature.size()});
  std::string blob(k_magic);
  crypto::append_uint32(blob, 1);
  for (const std::string_view part : {base::as_text(public_key_.blob), name_space, std::string_view(), k_hash, std::string_view(inner)}) {
    crypto::append_string(blob, part);
  }
  return armoured(blob);
}

void hide_memory() {
  ::prctl(PR_SET_DUMPABLE, 0);
  const rlimit none = {0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

}  // namespace pvm::pvmctl::serve
