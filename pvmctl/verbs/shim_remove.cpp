// SPDX-License-Identifier: Apache-2.0
// shim remove: takes the links away, and with --all what install wrote into the files of shells.
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "libpvm/base/text.hpp"
#include "pvmctl/shim/directory.hpp"
#include "pvmctl/shim/git_exec_path.hpp"
#include "pvmctl/shim/links.hpp"
#include "pvmctl/verbs/shim.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;

struct RemoveOptions {
  std::string directory;
  bool all = false;
  bool system = false;
};

// All of them, or those that name the directory that goes.
Result<void> take_blocks_out(Context& context, const RemoveOptions& options, const std::string& shims, Reply& reply) {
  const auto reach = options.system ? shim::Reach::system : shim::Reach::user;
  const auto files = shim::startup_files(context.environment(), reach);
  if (!files) return base::pass_on(files);
  reply.json["startup_files"] = Json::array();
  for (const shim::StartupFile& file : *files) {
    const auto written = shim::take_block_out(file, options.all ? "" : shims);
    if (written && *written == shim::Written::none) continue;
    reply.text += startup_line(reply.json["startup_files"], file, written);
    if (!written) reply.status = frontend::k_exit_refused;
  }
  return {};
}

void name_programs(const std::string& directory, Reply& reply) {
  reply.json["still_running"] = Json::array();
  constexpr std::size_t k_most_named = 20;
  const auto programs = shim::programs_with(directory);
  if (programs.empty()) return;
  reply.text += "still running with the shims in PATH, and so without them from now on:\n";
  for (std::size_t i = 0; i < programs.size(); ++i) {
    reply.json["still_running"].push_back(programs[i]);
    if (i < k_most_named) reply.text += "  " + programs[i] + "\n";
  }
  if (programs.size() > k_most_named) reply.text += "  and " + base::grouped(programs.size() - k_most_named) + " more\n";
}

// The vault and the keys are the human's: what was granted and done is in there.
void name_what_stays(Context& context, Reply& reply) {
  const auto site = context.site();
  reply.json["stays"] = Json::array();
  if (!site) return;
  const system::Places& places = (*site)->places;
  std::vector<std::string> stays = {places.state_directory};
  if (places.trust_directory != places.state_directory) stays.push_back(places.trust_directory);
  std::erase_if(stays, [](const std::string& path) { return ::access(path.c_str(), F_OK) != 0; });
  if (stays.empty()) return;
  reply.text += "what stays, with the vault, its log and the keys:\n";
  for (const std::string& path : stays) {
    reply.text += "  " + base::quoted(path) + "\n";
    reply.json["stays"].push_back(json_text(path));
  }
  std::vector<std::string> words = {"/bin/rm", "-r", "--"};
  words.insert(words.end(), stays.begin(), stays.end());
  reply.next_step = "where you want none of that any more, not even the log: " + base::shell_command(words);
}

Result<Reply> remove(Context& context, const RemoveOptions& options) {
  if (options.system && ::geteuid() != 0) {
    return fail(Code::refused, "--system is for root", "as root: pvmctl shim remove --all --system");
  }
  const auto wanted = shim_directory(context, options.directory);
  if (!wanted) return base::pass_on(wanted);
  Reply reply;
  reply.json["removed"] = Json::array();
  // First the blocks: a shell that starts meanwhile finds the shims, or nothing that says it should.
  const auto taken = take_blocks_out(context, options, real_or_same(*wanted), reply);
  if (!taken && options.all) return base::pass_on(taken);
  // Those of every user were installed with pvmctl, and stay.
  if (options.system && options.directory.empty()) return reply;
  auto gone = shim::take_links_away(*wanted);
  if (!gone) return base::pass_on(gone);
  if (options.all) {
    const auto of_git = shim::take_git_exec_path_away(context);
    if (!of_git) return base::pass_on(of_git);
    gone->insert(gone->end(), of_git->begin(), of_git->end());
  }
  for (const std::string& path : *gone) {
    reply.text += "removed " + base::quoted(path) + "\n";
    reply.json["removed"].push_back(json_text(path));
  }
  if (reply.text.empty()) reply.text = "there were no shims in " + base::quoted(*wanted) + "\n";
  name_programs(*wanted, reply);
  if (options.all) name_what_stays(context, reply);
  return reply;
}

}  // namespace

void add_shim_remove_verb(CLI::App& group, Program& program) {
  const auto options = std::make_shared<RemoveOptions>();
  CLI::App* verb = add_verb(group, program, "remove", "take the links away, and the blocks that name them; what was installed with pvmctl stays",
                            "pvmctl shim remove --all", [&program, options] { return remove(program.context, *options); });
  verb->add_option("--dir", options->directory, "where they are; default: shims in the state directory");
  CLI::Option* all =
      verb->add_flag("--all", options->all, "take every block out of the shells' files, whichever shims it names, and list what stays");
  verb->add_flag("--system", options->system, "as root: out of /etc's files")->needs(all);
}

}  // namespace pvm::pvmctl
