// SPDX-License-Identifier: Apache-2.0
// What the tests of signatures share: the installed ssh-keygen in a private directory, and a security key
// made of libsodium.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "libpvm/base/time.hpp"

namespace pvm::test {

/// A directory of mode 0700 that goes with its object, with everything in it.
class PrivateDir {
 public:
  PrivateDir();
  ~PrivateDir();
  PrivateDir(const PrivateDir&) = delete;
  PrivateDir& operator=(const PrivateDir&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

void write_file(const std::filesystem::path& path, std::string_view bytes);
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

/// What `-Y verify` is asked.
struct Question {
  std::string_view armored;
  std::string_view message;
  std::string_view name_space;
  std::string_view principal;
  std::string_view allowed_signers;
  base::UnixTime at;
};

/// The real ssh-keygen, without an agent, a home or a TZ. Fails the test where it is not installed.
class SshKeygen {
 public:
  /// Makes a key without a passphrase; `kind` is what -t takes. Gives "TYPE BASE64".
  [[nodiscard]] std::string make_key(const std::string& name, const std::string& kind);
  [[nodiscard]] std::string sign(const std::string& name, std::string_view message,
                                 std::string_view name_space, std::string_view hash = "sha512");
  [[nodiscard]] bool verifies(const Question& question);
  /// What -l prints of it: "SHA256:…".
  [[nodiscard]] std::string fingerprint(const std::string& name);

 private:
  struct Run {
    int status;
    std::string output;
  };
  Run run(const std::vector<std::string>& arguments, std::string_view input = {});

  PrivateDir dir_;
};

/// What a security key says beside its signature.
struct Touch {
  std::uint8_t flags = 1;
  std::uint32_t counter = 7;
};

/// An sk-ssh-ed25519@openssh.com key without the hardware.
class SecurityKey {
 public:
  explicit SecurityKey(std::string application = "ssh:");
  [[nodiscard]] std::string blob() const;
  /// "TYPE BASE64"
  [[nodiscard]] std::string line() const;
  /// The blob of a signature (without armour) over what `signed_touch` says, telling `told_touch`.
  [[nodiscard]] std::string sign(std::string_view message, std::string_view name_space,
                                 const Touch& signed_touch, const Touch& told_touch) const;

 private:
  std::string application_;
  std::array<std::uint8_t, 32> public_key_{};
  std::array<std::uint8_t, 64> secret_key_{};
};

/// Between BEGIN and END, in lines of `columns`, as ssh-keygen writes it with 70.
[[nodiscard]] std::string armor(std::string_view blob, std::size_t columns = 70);
/// The inverse. REQUIRES: well-formed armour.
[[nodiscard]] std::string unarmor(std::string_view armored);

}  // namespace pvm::test
