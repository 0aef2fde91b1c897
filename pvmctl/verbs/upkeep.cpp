// SPDX-License-Identifier: Apache-2.0
// backup, migrate: looking after the vault's file.
#include <sys/stat.h>

#include "libpvm/base/text.hpp"
#include "libpvm/system/process.hpp"
#include "pvmctl/cli.hpp"
#include "pvmctl/ui/progress_line.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;

std::uint64_t size_of(const std::string& path) {
  struct stat about {};
  return ::lstat(path.c_str(), &about) == 0 ? static_cast<std::uint64_t>(about.st_size) : 0;
}

Result<Reply> backup(Context& context, const std::string& file) {
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const std::string path = file.starts_with('/') ? file : system::working_directory() + "/" + file;
  {
    ui::ProgressLine line("copying", "pages");
    const auto show = [&line](std::uint64_t done, std::uint64_t all) { line.show(done, all); };
    if (auto copied = (*vault)->backup(path, context.now(), show); !copied) return base::pass_on(copied);
  }
  Reply reply;
  reply.text = "backed up to " + base::quoted(path) + ", " + base::human_bytes(size_of(path)) + "\n";
  reply.json["backup"] = json_text(path);
  reply.json["bytes"] = size_of(path);
  reply.json["vault"] = (*vault)->id().hex();
  reply.next_step = "keep it where the vault is not; to put it back: pvmctl restore " + base::shell_command({path});
  return reply;
}

Result<Reply> migrate(Context& context) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const system::Places& places = (*site)->places;
  const auto migrated = vault::migrate_vault(places.state_directory, gate::sharing_of(places), context.now());
  if (!migrated) return base::pass_on(migrated);
  Reply reply;
  reply.json["migrated"] = migrated->has_value();
  if (!*migrated) {
    reply.text = "nothing to do: the vault has the present format\n";
    return reply;
  }
  const vault::Migrated& done = **migrated;
  reply.text = "migrated from format " + std::to_string(done.from) + " to format " + std::to_string(done.to) +
               "\nthe vault as it was: " + base::quoted(done.copy) + "\n";
  reply.json["from"] = done.from;
  reply.json["to"] = done.to;
  reply.json["copy"] = json_text(done.copy);
  reply.next_step = "pvmctl audit verify; the copy can go when all is well: it holds the same texts";
  return reply;
}

}  // namespace

void add_upkeep_verbs(CLI::App& app, Program& program) {
  const auto file = std::make_shared<std::string>();
  CLI::App* verb = add_verb(app, program, "backup", "copy the vault to a new file, while it is in use; the log says so",
                            "pvmctl backup /media/usb/vault-monday.db",
                            [&program, file] { return backup(program.context, *file); });
  verb->add_option("FILE", *file, "a file that is not there yet")->required();

  add_verb(app, program, "migrate", "bring a vault of an older format to the present one; a copy is made first",
           "pvmctl migrate", [&program] { return migrate(program.context); });
}

}  // namespace pvm::pvmctl
