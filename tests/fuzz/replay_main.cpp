// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target once on every file beneath the directories that are named, without libFuzzer.
// Exit status: 0 all ran; 1 there is a directory without a readable file; 2 usage. A finding ends the
// process.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

// In the order of their names, so that every run is the same.
std::vector<fs::path> files_beneath(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(directory, error)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

enum class Replay { done, unreadable };

Replay replay(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Replay::unreadable;
  // A copy of exactly the right size: AddressSanitizer sees a read past its end.
  const std::vector<char> content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::vector<std::uint8_t> input(content.begin(), content.end());
  LLVMFuzzerTestOneInput(input.data(), input.size());
  return Replay::done;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s CORPUS-DIRECTORY...\n", argv[0]);
    return 2;
  }
  for (int i = 1; i < argc; ++i) {
    const std::vector<fs::path> files = files_beneath(argv[i]);
    for (const fs::path& path : files) {
      if (replay(path) == Replay::done) continue;
      std::fprintf(stderr, "cannot read %s\n", path.c_str());
      return 1;
    }
    if (files.empty()) {
      std::fprintf(stderr, "no input in %s\n", argv[i]);
      return 1;
    }
    std::printf("%zu inputs of %s\n", files.size(), argv[i]);
  }
  return 0;
}
