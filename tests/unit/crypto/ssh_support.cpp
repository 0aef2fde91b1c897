// SPDX-License-Identifier: Apache-2.0
#include "ssh_support.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sodium.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "libpvm/base/bytes.hpp"
#include "libpvm/crypto/sha256.hpp"
#include "libpvm/crypto/ssh_wire.hpp"

namespace pvm::test {
namespace {

std::string to_base64(std::string_view bytes) {
  const base::Bytes copy = base::as_bytes(bytes);
  return base::to_base64(copy.data(), copy.size());
}

std::string sha256_text(std::string_view bytes) {
  const base::Digest digest = crypto::sha256(bytes);
  return {digest.begin(), digest.end()};
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// 20260601000000Z
std::string compact_time(base::UnixTime at) {
  std::string text = base::iso_time(at);
  std::erase_if(text, [](char c) { return c == '-' || c == ':' || c == 'T'; });
  return text;
}

}  // namespace

PrivateDir::PrivateDir() {
  std::string path = (std::filesystem::temp_directory_path() / "pvm-test-XXXXXX").string();
  REQUIRE(::mkdtemp(path.data()) != nullptr);
  path_ = path;
}

PrivateDir::~PrivateDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  REQUIRE(file.good());
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), "cannot read " << path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

SshKeygen::Run SshKeygen::run(const std::vector<std::string>& arguments, std::string_view input) {
  const std::string input_path = dir_.path() / "stdin";
  const std::string output_path = dir_.path() / "stdout";
  write_file(input_path, input);

  std::vector<std::string> words = {"ssh-keygen"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::string path = "PATH=/usr/local/bin:/usr/bin:/bin";
  std::array<char*, 2> environment = {path.data(), nullptr};

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, input_path.c_str(), O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, output_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int spawned =
      ::posix_spawnp(&child, "ssh-keygen", &actions, nullptr, argv.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  REQUIRE_MESSAGE(spawned == 0, "ssh-keygen is needed for the tests");
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return {WEXITSTATUS(status), read_file(output_path)};
}

std::string SshKeygen::make_key(const std::string& name, const std::string& kind) {
  const std::string path = dir_.path() / name;
  REQUIRE(run({"-q", "-t", kind, "-N", "", "-C", "", "-f", path}).status == 0);
  std::string line = read_file(path + ".pub");
  line.erase(line.find_last_not_of(" \n") + 1);
  return line;
}

std::string SshKeygen::sign(const std::string& name, std::string_view message, std::string_view name_space,
                            std::string_view hash) {
  const std::string path = dir_.path() / name;
  const Run signing = run(
      {"-Y", "sign", "-q", "-f", path, "-n", std::string(name_space), "-O", "hashalg=" + std::string(hash)},
      message);
  REQUIRE(signing.status == 0);
  return signing.output;
}

bool SshKeygen::verifies(const Question& question) {
  const std::string signature = dir_.path() / "signature";
  const std::string signers = dir_.path() / "allowed_signers";
  write_file(signature, question.armored);
  write_file(signers, question.allowed_signers);
  return run({"-Y", "verify", "-f", signers, "-I", std::string(question.principal), "-n",
              std::string(question.name_space), "-s", signature, "-O",
              "verify-time=" + compact_time(question.at)},
             question.message)
             .status == 0;
}

std::string SshKeygen::fingerprint(const std::string& name) {
  const Run listing = run({"-l", "-f", dir_.path() / (name + ".pub")});
  REQUIRE(listing.status == 0);
  const std::size_t start = listing.output.find("SHA256:");
  REQUIRE(start != std::string::npos);
  return listing.output.substr(start, listing.output.find(' ', start) - start);
}

SecurityKey::SecurityKey(std::string application) : application_(std::move(application)) {
  REQUIRE(crypto_sign_keypair(public_key_.data(), secret_key_.data()) == 0);
}

std::string SecurityKey::blob() const {
  std::string out;
  crypto::append_string(out, "sk-ssh-ed25519@openssh.com");
  crypto::append_string(out, std::string(public_key_.begin(), public_key_.end()));
  crypto::append_string(out, application_);
  return out;
}

std::string SecurityKey::line() const {
  return "sk-ssh-ed25519@openssh.com " + to_base64(blob());
}

std::string SecurityKey::sign(std::string_view message, std::string_view name_space,
                              const Touch& signed_touch, const Touch& told_touch) const {
  std::string hash(crypto_hash_sha512_BYTES, '\0');
  crypto_hash_sha512(reinterpret_cast<unsigned char*>(hash.data()), bytes_of(message), message.size());
  std::string data = "SSHSIG";
  for (const std::string_view part : {name_space, std::string_view(), std::string_view("sha512")}) {
    crypto::append_string(data, part);
  }
  crypto::append_string(data, hash);

  std::string asserted = sha256_text(application_);
  asserted += static_cast<char>(signed_touch.flags);
  crypto::append_uint32(asserted, signed_touch.counter);
  asserted += sha256_text(data);
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr, bytes_of(asserted),
                       asserted.size(), secret_key_.data());

  std::string inner;
  crypto::append_string(inner, "sk-ssh-ed25519@openssh.com");
  crypto::append_string(inner, signature);
  inner += static_cast<char>(told_touch.flags);
  crypto::append_uint32(inner, told_touch.counter);

  std::string out = "SSHSIG";
  crypto::append_uint32(out, 1);
  const std::string key = blob();
  for (const std::string_view part : {std::string_view(key), name_space, std::string_view(),
                                      std::string_view("sha512"), std::string_view(inner)}) {
    crypto::append_string(out, part);
  }
  return out;
}

std::string armor(std::string_view blob, std::size_t columns) {
  std::string out = "-----BEGIN SSH SIGNATURE-----\n";
  const std::string base64 = to_base64(blob);
  for (std::size_t at = 0; at < base64.size(); at += columns) out += base64.substr(at, columns) + "\n";
  return out + "-----END SSH SIGNATURE-----\n";
}

std::string unarmor(std::string_view armored) {
  const std::size_t start = armored.find('\n') + 1;
  const std::size_t end = armored.find("-----END");
  REQUIRE(end != std::string_view::npos);
  std::string base64(armored.substr(start, end - start));
  std::erase(base64, '\n');
  const auto bytes = base::from_base64(base64);
  REQUIRE(bytes.has_value());
  return std::string(base::as_text(*bytes));
}

}  // namespace pvm::test
