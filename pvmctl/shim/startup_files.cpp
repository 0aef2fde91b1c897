// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/shim/startup_files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "libpvm/base/text.hpp"
#include "libpvm/system/safe_file.hpp"

namespace pvm::pvmctl::shim {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::string_view k_begin = "# >>> pvm shim >>>\n";
constexpr std::string_view k_end = "# <<< pvm shim <<<\n";
constexpr std::size_t k_most_bytes = 1024 * 1024;
constexpr mode_t k_new_mode = 0644;
constexpr mode_t k_for_everybody = 0755;
constexpr const char* k_about =
    "# An agent's shell (PVM_AGENT is set) keeps PVM's shims first in PATH.\n"
    "# Put here by: pvmctl shim install. Taken out by: pvmctl shim remove --all\n";

Result<std::string> directory_of(const system::Environment& environment, std::string_view variable,
                                 std::string_view beneath_home) {
  if (const auto own = environment.find_filled(variable); own && own->front() == '/') return *own;
  const auto home = environment.find_filled("HOME");
  if (!home || home->front() != '/') {
    return fail(Code::usage, "HOME is not set to an absolute path, so there is no telling which shells' files are meant",
                "set HOME, or leave them out: --no-profiles");
  }
  return *home + std::string(beneath_home);
}

bool is_anything(const std::string& path) {
  struct stat about {};
  return ::lstat(path.c_str(), &about) == 0;
}

bool is_plain_text(std::string_view text) {
  const std::string shown = base::display(text, text.size() * 8 + 8);
  return shown == text;
}

std::string fish_word(std::string_view text) {
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') word += '\\';
    word += c;
  }
  return word + "'";
}

// Where the block stands in the text.
struct Span {
  std::size_t from = 0;
  std::size_t size = 0;
};
enum class Marks { none, whole, broken };

// Where each line of `text` that is `line` begins; not where it stands within another.
std::vector<std::size_t> find_lines(std::string_view text, std::string_view line) {
  std::vector<std::size_t> found;
  for (std::size_t at = text.find(line); at != std::string_view::npos; at = text.find(line, at + 1)) {
    if (at == 0 || text[at - 1] == '\n') found.push_back(at);
  }
  return found;
}

Marks find_marks(std::string_view text, Span& span) {
  const auto begins = find_lines(text, k_begin);
  const auto ends = find_lines(text, k_end);
  if (begins.empty() && ends.empty()) return Marks::none;
  if (begins.size() != 1 || ends.size() != 1 || ends.front() < begins.front()) return Marks::broken;
  span = {begins.front(), ends.front() + k_end.size() - begins.front()};
  return Marks::whole;
}

/// What is in a file that may be changed. Its mode is kept.
struct Content {
  std::string text;
  mode_t mode = k_new_mode;
  bool is_there = false;
};

// Through links, whoever may write it: a shell reads it so too.
Result<std::string> read_as_it_is(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return base::fail_errno(base::quoted(path), errno);
  if (!S_ISREG(about.st_mode)) return fail(Code::unsafe, base::quoted(path) + " is not a regular file");
  std::ifstream file(path, std::ios::binary);
  std::string text(k_most_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) return fail(Code::io, "cannot read " + base::quoted(path));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() <= k_most_bytes) return text;
  return fail(Code::limit, base::quoted(path) + " is longer than " + base::human_bytes(k_most_bytes));
}

Result<Content> read_changeable(const std::string& path) {
  struct stat about {};
  if (::lstat(path.c_str(), &about) != 0) {
    if (errno == ENOENT) return Content{};
    return base::fail_errno(base::quoted(path), errno);
  }
  const std::string by_hand = "put the block there by hand: pvmctl shim env --block shows it";
  if (S_ISLNK(about.st_mode)) {
    return fail(Code::unsafe, base::quoted(path) + " is a symbolic link, and is left as it is", by_hand);
  }
  if (about.st_uid != ::geteuid()) {
    return fail(Code::unsafe, base::quoted(path) + " belongs to user " + std::to_string(about.st_uid) + ", not to you",
                by_hand);
  }
  if ((about.st_mode & S_IWUSR) == 0) {
    return fail(Code::unsafe, base::quoted(path) + " is read-only, and is left as it is", by_hand);
  }
  if (about.st_nlink != 1) {
    return fail(Code::unsafe, base::quoted(path) + " has several names (hard links), and is left as it is", by_hand);
  }
  auto text = read_as_it_is(path);
  if (!text) return base::pass_on(text);
  return Content{std::move(*text), about.st_mode & 07777, true};
}

base::Failure broken_marks(const std::string& path) {
  return fail(Code::malformed, base::quoted(path) + " has a begin or an end mark of PVM's block without the other",
              "take what is left of the block out by hand, from '# >>> pvm shim >>>' on");
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\n") == std::string_view::npos; }

}  // namespace

std::string_view to_text(Written written) {
  switch (written) {
    case Written::added: return "block added";
    case Written::renewed: return "block renewed";
    case Written::same: return "block was there";
    case Written::taken_out: return "block taken out";
    case Written::none: break;
  }
  return "no block in it";
}

Result<std::vector<StartupFile>> startup_files(const system::Environment& environment, Reach reach,
                                               const std::string& etc) {
  std::vector<StartupFile> files;
  if (reach == Reach::system) {
    files.push_back({etc + "/profile.d/pvm.sh", Language::sh, k_for_everybody});
    if (is_anything(etc + "/zsh")) {
      files.push_back({etc + "/zsh/zshenv", Language::sh});
      files.push_back({etc + "/zsh/zprofile", Language::sh});
    }
    if (is_anything(etc + "/fish")) files.push_back({etc + "/fish/conf.d/pvm.fish", Language::fish, k_for_everybody});
    return files;
  }
  const auto home = directory_of(environment, "", "");
  if (!home) return base::pass_on(home);
  const auto zsh = directory_of(environment, "ZDOTDIR", "");
  const auto config = directory_of(environment, "XDG_CONFIG_HOME", "/.config");
  if (!zsh) return base::pass_on(zsh);
  if (!config) return base::pass_on(config);
  for (const char* name : {"/.bash_profile", "/.bash_login"}) {
    if (!is_anything(*home + name)) continue;
    files.push_back({*home + name, Language::sh});
    break;
  }
  files.push_back({*home + "/.profile", Language::sh});
  files.push_back({*zsh + "/.zshenv", Language::sh});
  files.push_back({*zsh + "/.zprofile", Language::sh});
  files.push_back({*config + "/fish/conf.d/pvm.fish", Language::fish});
  return files;
}

Result<std::string> block_for(const std::string& shims, Language language) {
  if (!is_plain_text(shims)) {
    return fail(Code::usage, base::quoted(shims) + " holds bytes that cannot be shown", "give another one: --dir DIR");
  }
  std::string block(k_begin);
  block += k_about;
  if (language == Language::fish) {
    const std::string word = fish_word(shims);
    block += "if set -q PVM_AGENT; and test -n \"$PVM_AGENT\"; and test \"$PATH[1]\" != " + word + "\n  set -gx PATH " +
             word + " $PATH\nend\n";
  } else {
    const std::string word = base::shell_command({shims});
    block += "if [ -n \"${PVM_AGENT-}\" ]; then\n  case \":${PATH-}:\" in\n    :" + word + ":*) ;;\n    *) PATH=" + word +
             ":\"${PATH-}\"; export PATH ;;\n  esac\nfi\n";
  }
  return block + std::string(k_end);
}

std::optional<std::string> with_block(std::string_view text, std::string_view block) {
  Span span;
  const Marks marks = find_marks(text, span);
  if (marks == Marks::broken) return std::nullopt;
  std::string out(text);
  if (marks == Marks::whole) return out.replace(span.from, span.size, block);
  if (!out.empty() && !out.ends_with('\n')) out += '\n';
  if (!out.empty()) out += '\n';
  return out.append(block);
}

std::optional<std::string> without_block(std::string_view text) {
  Span span;
  const Marks marks = find_marks(text, span);
  if (marks == Marks::broken) return std::nullopt;
  std::string out(text);
  if (marks == Marks::none) return out;
  // The empty line that set it off goes too.
  if (span.from >= 2 && text.substr(span.from - 2, 2) == "\n\n") --span.from, ++span.size;
  return out.erase(span.from, span.size);
}

Result<Written> put_block(const StartupFile& file, const std::string& shims) {
  const auto block = block_for(shims, file.language);
  if (!block) return base::pass_on(block);
  const auto content = read_changeable(file.path);
  if (!content) return base::pass_on(content);
  const auto text = with_block(content->text, *block);
  if (!text) return broken_marks(file.path);
  if (content->is_there && *text == content->text) return Written::same;
  const std::string directory = file.path.substr(0, file.path.rfind('/'));
  if (!is_anything(directory)) {
    if (auto made = system::make_private_directories(directory); !made) return base::pass_on(made);
    if (::chmod(directory.c_str(), file.directory_mode) != 0) return base::fail_errno(base::quoted(directory), errno);
  }
  if (auto done = system::write_file_atomically(file.path, *text, content->mode); !done) return base::pass_on(done);
  return find_lines(content->text, k_begin).empty() ? Written::added : Written::renewed;
}

Result<Written> take_block_out(const StartupFile& file, const std::string& shims) {
  if (!is_anything(file.path)) return Written::none;
  // What is no file of ours to change matters only where the block is in it.
  if (const auto held = read_as_it_is(file.path); held && find_lines(*held, k_begin).empty()) return Written::none;
  if (!shims.empty()) {
    const auto block = block_for(shims, file.language);
    const auto held = read_as_it_is(file.path);
    if (!block || (held && held->find(*block) == std::string::npos)) return Written::none;
  }
  const auto content = read_changeable(file.path);
  if (!content) return base::pass_on(content);
  const auto text = without_block(content->text);
  if (!text) return broken_marks(file.path);
  if (*text == content->text) return Written::none;
  if (is_blank(*text)) {
    if (::unlink(file.path.c_str()) != 0) return base::fail_errno("cannot remove " + base::quoted(file.path), errno);
    return Written::taken_out;
  }
  if (auto done = system::write_file_atomically(file.path, *text, content->mode); !done) return base::pass_on(done);
  return Written::taken_out;
}

bool has_block(const std::vector<StartupFile>& files, const std::string& shims) {
  return std::ranges::any_of(files, [&shims](const StartupFile& file) {
    const auto block = block_for(shims, file.language);
    const auto held = read_as_it_is(file.path);
    return block && held && held->find(*block) != std::string::npos;
  });
}

}  // namespace pvm::pvmctl::shim
