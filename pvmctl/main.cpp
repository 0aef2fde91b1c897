// SPDX-License-Identifier: Apache-2.0
// pvmctl: the agent asks with it, the human answers with it.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "libpvm/base/text.hpp"
#include "libpvm/system/process.hpp"
#include "pvmctl/cli.hpp"
#include "pvmctl/remote/host.hpp"

namespace {

using namespace pvm::pvmctl;
using pvm::base::Code;
using pvm::base::Error;

constexpr const char* k_description =
    "pvmctl - the Permission Vending Machine's control\n"
    "An agent asks with request; a human answers with approve or deny; audit shows what happened.";
constexpr const char* k_footer =
    "Examples:\n"
    "  pvmctl init                               set up a vault and a key\n"
    "  pvmctl request --reason 'clean build' -- rm -rf build\n"
    "  pvmctl pending                            what waits for an answer\n"
    "  pvmctl approve 5ab2                       show it, then sign it\n"
    "  pvmctl audit verify                       is the log whole?\n"
    "Exit status: 0 done, 1 refused or not granted, 2 usage, 75 still pending, 125 PVM could not decide.";

void add_verbs(CLI::App& app, Program& program) {
  add_init_verb(app, program);
  add_request_verbs(app, program);
  add_review_verbs(app, program);
  add_approve_verbs(app, program);
  add_allow_verb(app, program);
  add_grants_verbs(app, program);
  add_lock_verbs(app, program);
  add_trust_verbs(app, program);
  add_scope_verbs(app, program);
  add_audit_verbs(app, program);
  add_upkeep_verbs(app, program);
  add_restore_verb(app, program);
  add_keep_verb(app, program);
  add_serve_verb(app, program);
  add_login_verb(app, program);
  add_notify_verbs(app, program);
  add_shim_verbs(app, program);
  add_doctor_verb(app, program);
}

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

std::string nearest_verb(const CLI::App& app, const std::string& word) {
  std::string nearest;
  std::size_t least = SIZE_MAX;
  for (const CLI::App* verb : app.get_subcommands({})) {
    const std::size_t distance = edit_distance(word, verb->get_name());
    if (distance < least) least = distance, nearest = verb->get_name();
  }
  return nearest;
}

/// The Error for a word that stands where a verb should and is none; descends into groups ("audit lst").
std::optional<Error> unknown_verb(const CLI::App& app, int argc, char** argv) {
  const CLI::App* level = &app;
  std::string path = "pvmctl";
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto verbs = level->get_subcommands({});
    if (verbs.empty() || word.starts_with('-')) return std::nullopt;
    const auto is_named = [&word](const CLI::App* verb) { return verb->get_name() == word; };
    const auto found = std::find_if(verbs.begin(), verbs.end(), is_named);
    if (found == verbs.end()) {
      return Error{Code::usage, pvm::base::quoted(word, 64) + " is not a verb of " + path,
                   "did you mean: " + path + " " + nearest_verb(*level, word)};
    }
    level = *found;
    path += " " + word;
  }
  return std::nullopt;
}

/// --json counts even where the words could not be parsed.
Format wanted_format(int argc, char** argv) {
  for (int i = 1; i < argc && std::string_view(argv[i]) != "--"; ++i) {
    if (std::string_view(argv[i]) == "--json") return Format::json;
  }
  return Format::text;
}

/// Sets the words of a command aside; returns how many words are left for the option parser.
int set_command_aside(Program& program, int argc, char** argv) {
  const auto& verbs = program.command_verbs;
  if (argc < 2 || std::find(verbs.begin(), verbs.end(), argv[1]) == verbs.end()) return argc;
  char** const end = argv + argc;
  char** const mark = std::find(argv + 2, end, std::string_view("--"));
  if (mark != end) program.command.assign(mark + 1, end);
  return static_cast<int>(mark - argv);
}

/// "--host DESTINATION" or "--host=DESTINATION" before the verb, taken out of the words.
std::optional<std::string> take_host(int& argc, char** argv) {
  constexpr std::string_view k_option = "--host";
  const std::string_view first = argc > 1 ? argv[1] : "";
  int taken = 0;
  std::string host;
  if (first == k_option && argc > 2) {
    taken = 2;
    host = argv[2];
  } else if (first.starts_with(std::string(k_option) + "=")) {
    taken = 1;
    host = first.substr(k_option.size() + 1);
  }
  if (taken == 0) return std::nullopt;
  std::copy(argv + 1 + taken, argv + argc, argv + 1);
  argc -= taken;
  argv[argc] = nullptr;
  return host;
}

pvm::base::Result<Reply> run_at_host(Program& program, const std::string& host, const std::vector<std::string>& words) {
  if (const auto good = remote::check_destination(host); !good) return pvm::base::pass_on(good);
  const std::string& verb = words.front();
  if (verb == "approve") {
    program.host = host;
    return program.run();
  }
  const bool is_relayed = verb == "pending" || verb == "show" || verb == "deny" || verb == "revoke";
  if (is_relayed) return remote::relay(program.context, host, words, program.format);
  return pvm::base::fail(Code::usage, pvm::base::quoted(verb, 64) + " is not for another machine",
                         "--host goes with pending, show, approve, deny and revoke");
}

/// "pvmctl help VERB" is "pvmctl VERB --help".
std::vector<char*> help_in_its_place(int argc, char** argv) {
  static char help[] = "--help";
  std::vector<char*> words(argv, argv + argc);
  if (argc < 2 || std::string_view(argv[1]) != "help") return words;
  words.erase(words.begin() + 1);
  words.push_back(help);
  return words;
}

int run(int given_argc, char** given_argv) {
  std::vector<char*> words = help_in_its_place(given_argc, given_argv);
  int argc = static_cast<int>(words.size());
  words.push_back(nullptr);
  char** const argv = words.data();
  Context context(pvm::system::Environment::of_process());
  Program program{context, wanted_format(argc, argv), nullptr};
  CLI::App app(k_description, "pvmctl");
  app.footer(k_footer);
  app.formatter(program.help);
  app.set_version_flag("--version", "pvmctl " PVM_VERSION);
  app.require_subcommand(1);
  add_verbs(app, program);

  // Said first: what follows is a command line like any other, and is what the other machine gets.
  const auto host = take_host(argc, argv);
  std::string other_host;
  app.add_option("--host", other_host, "do pending, show, approve, deny or revoke at this ssh destination; said first");
  const std::vector<std::string> typed(argv + 1, argv + argc);
  argc = set_command_aside(program, argc, argv);
  if (const auto unknown = unknown_verb(app, argc, argv)) return print(*unknown, program.format);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& wrong) {
    std::string verb_words = "pvmctl";
    for (const CLI::App* verb = &app; !verb->get_subcommands().empty();) {
      verb = verb->get_subcommands().front();
      verb_words += " " + verb->get_name();
    }
    return print(Error{Code::usage, pvm::base::display(wrong.what()), "see: " + verb_words + " --help"}, program.format);
  }
  if (!other_host.empty()) {
    return print(Error{Code::usage, "--host stands once, before the verb", "such as: pvmctl --host alice@build pending"},
                 program.format);
  }
  const auto reply = host ? run_at_host(program, *host, typed) : program.run();
  return reply ? print(*reply, program.format) : print(reply.error(), program.format);
}

}  // namespace

int main(int argc, char** argv) {
  pvm::system::outlive(SIGXFSZ);  // past RLIMIT_FSIZE a write is to fail, and so be told of
  try {
    if (const auto guarded = pvm::system::guard_standard_descriptors(); !guarded) {
      return print(guarded.error(), Format::text);
    }
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    return print(Error{Code::io, "out of memory", ""}, Format::text);
  } catch (const std::exception& bug) {
    return print(Error{Code::io, bug.what(), "this is a fault of pvmctl"}, Format::text);
  } catch (...) {
    return print(Error{Code::io, "an unknown failure", "this is a fault of pvmctl"}, Format::text);
  }
}
