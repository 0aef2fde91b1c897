// SPDX-License-Identifier: Apache-2.0
// audit export: the whole log for other programs.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/text.hpp"
#include "pvmctl/audit_view.hpp"
#include "pvmctl/verbs/audit_verbs.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;
using vault::AuditEntry;
using Visit = vault::Vault::Visit;

enum class FileFormat { jsonl, csv };

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

/// A new file for us alone: nothing is ever written over.
Result<File> create_file(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    const int error = errno;
    if (error == EEXIST)
      return fail(Code::exists, base::quoted(path) + " is there already", "give another name");
    return base::fail_errno("cannot create " + base::quoted(path), error);
  }
  File file(::fdopen(descriptor, "w"));
  if (!file) {
    const int error = errno;
    ::close(descriptor);
    return base::fail_errno("cannot write " + base::quoted(path), error);
  }
  return file;
}

bool write(std::FILE* to, const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), to) == text.size();
}

std::string line_of(const AuditEntry& entry, FileFormat format) {
  if (format == FileFormat::csv) return csv_line(entry);
  return entry_json(entry).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// How many entries were written. Errors: as the vault's, and as writing's.
Result<std::uint64_t> write_entries(vault::Vault& vault, FileFormat format, std::FILE* to) {
  std::uint64_t count = 0;
  bool is_good = format == FileFormat::jsonl || write(to, csv_titles());
  int error = errno;
  auto done = vault.each_entry(1, [&](const AuditEntry& entry) {
    is_good = is_good && write(to, line_of(entry, format));
    if (!is_good) {
      error = errno;
      return Visit::stop;
    }
    ++count;
    return Visit::go_on;
  });
  if (!done) return base::pass_on(done);
  if (is_good && std::fflush(to) != 0) {
    is_good = false;
    error = errno;
  }
  if (!is_good) return base::fail_errno("the export could not be written", error);
  return count;
}

Result<void> sync(std::FILE* file, const std::string& path) {
  if (::fsync(::fileno(file)) == 0) return {};
  return base::fail_errno("cannot write " + base::quoted(path), errno);
}

/// Written before anything leaves the vault, so that no export is missing from the log.
Result<void> record(Context& context, vault::Vault& vault, const std::string& format,
                    const std::string& output) {
  AuditEntry entry;
  entry.time = context.now();
  entry.type = vault::EntryType::exported;
  const system::Environment& environment = context.environment();
  if (environment.find_filled("PVM_AGENT") || environment.find_filled("AGENT_ID")) {
    const auto agent = context.agent();
    if (!agent) return base::pass_on(agent);
    entry.agent = *agent;
  }
  vault::Details details;
  details.add("format", format).add("to", output.empty() ? "standard output" : output);
  entry.details = details.text();
  return vault.append(entry);
}

Result<Reply> export_log(Program& program, const std::string& format_name, const std::string& output) {
  if (output.empty() && program.format == Format::json) {
    return fail(Code::usage, "an export to standard output cannot be told as JSON too",
                "leave out --json, or name a file: --output audit.jsonl");
  }
  const auto vault = program.context.vault();
  if (!vault) return base::pass_on(vault);
  File file;
  if (!output.empty()) {
    auto created = create_file(output);
    if (!created) return base::pass_on(created);
    file = std::move(*created);
  }
  if (auto done = record(program.context, **vault, format_name, output); !done) return base::pass_on(done);

  const FileFormat format = format_name == "csv" ? FileFormat::csv : FileFormat::jsonl;
  const auto count = write_entries(**vault, format, file ? file.get() : stdout);
  if (!count) return base::pass_on(count);
  Reply reply;
  if (!file) return reply;
  if (auto done = sync(file.get(), output); !done) return base::pass_on(done);
  reply.text = "wrote " + base::counted(*count, "entry", "entries") + " to " + base::quoted(output) + "\n";
  reply.json["entries"] = *count;
  reply.json["format"] = format_name;
  reply.json["output"] = json_text(output);
  return reply;
}

}  // namespace

void add_audit_export_verb(CLI::App& group, Program& program) {
  const auto format = std::make_shared<std::string>("jsonl");
  const auto output = std::make_shared<std::string>();
  CLI::App* verb =
      add_verb(group, program, "export", "write the whole log as JSON lines or CSV; the log says so",
               "pvmctl audit export --format csv --output audit.csv",
               [&program, format, output] { return export_log(program, *format, *output); });
  verb->add_option("--format", *format, "jsonl or csv")->required()->check(CLI::IsMember({"jsonl", "csv"}));
  verb->add_option("--output", *output, "a file that is not there yet; else standard output");
}

}  // namespace pvm::pvmctl
