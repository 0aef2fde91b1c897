// SPDX-License-Identifier: Apache-2.0
// durable_write FILE: appends what a granted call commits, 5 frames of a WAL, and waits until it is on the
// disk. So much of a granted call's time is the disk's.
#include <fcntl.h>
#include <unistd.h>

#include <array>

namespace {

constexpr std::size_t k_frame_bytes = 24 + 4096;
constexpr std::size_t k_bytes = 5 * k_frame_bytes;

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const int file = ::open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  static const std::array<char, k_bytes> bytes{};
  const bool is_written = ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
  return is_written && ::fdatasync(file) == 0 ? 0 : 1;
}
