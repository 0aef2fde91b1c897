// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/remote/host.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "libpvm/base/text.hpp"
#include "libpvm/system/launch.hpp"
#include "pvmctl/approval/child.hpp"

namespace pvm::pvmctl::remote {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t k_most_output = std::size_t{4} << 20;
constexpr std::size_t k_longest_destination = 512;
constexpr std::size_t k_longest_line = 2000;
constexpr int k_deepest = 32;
constexpr int k_ssh_failed = 255;
constexpr int k_not_found = 127;

// What ssh needs to be who the person is there: its own agent, and a way to ask. It runs on this machine.
constexpr std::array<std::string_view, 8> k_variables = {
    "SSH_AUTH_SOCK", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE", "DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "USER",
    "LOGNAME"};

Result<std::string> find_ssh(Context& context) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto configured = (*site)->settings.real.find("ssh");
  auto found = system::find_real_command("ssh", configured == (*site)->settings.real.end()
                                                    ? std::nullopt
                                                    : std::optional<std::string>(configured->second));
  if (found || found.error().code != Code::missing) return found;
  return fail(Code::missing, "there is no ssh", "install OpenSSH's client (openssh-client)");
}

std::vector<std::string> environment_for_ssh(const system::Environment& environment) {
  std::vector<std::string> all = approval::bare_environment(environment);
  for (const std::string_view name : k_variables) {
    if (const auto value = environment.find_filled(name)) all.push_back(std::string(name) + "=" + *value);
  }
  return all;
}

// A backslash does nothing to a terminal, and is in what was escaped there.
std::string shown_line(std::string_view line) {
  std::string text;
  const std::string_view kept = line.substr(0, k_longest_line);
  for (std::size_t from = 0; from <= kept.size();) {
    const std::size_t end = std::min(kept.find('\\', from), kept.size());
    text += base::display(kept.substr(from, end - from), k_longest_line);
    if (end < kept.size()) text += '\\';
    from = end + 1;
  }
  return kept.size() == line.size() ? text : text + "…";
}

base::Failure not_reached(const std::string& destination, const Said& said) {
  std::string_view last = said.errors;
  while (last.ends_with('\n') || last.ends_with('\r')) last.remove_suffix(1);
  last.remove_prefix(std::min(last.rfind('\n') + 1, last.size()));
  return fail(Code::io,
              "cannot reach " + base::quoted(destination) + (last.empty() ? "" : ": " + base::display(last, 300)),
              "see whether this works: " + base::shell_command({"ssh", destination, "pvmctl doctor"}));
}

}  // namespace

Result<void> check_destination(const std::string& destination) {
  const bool is_plain = std::all_of(destination.begin(), destination.end(),
                                    [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7F; });
  const bool is_option = destination.starts_with('-') || destination.find("@-") != std::string::npos ||
                         destination.find("//-") != std::string::npos;
  if (!destination.empty() && destination.size() <= k_longest_destination && is_plain && !is_option) return {};
  return fail(Code::usage, "--host " + base::quoted(destination, 128) + " is no destination for ssh",
              "such as: --host alice@build");
}

Result<Said> run_there(Context& context, const std::string& destination, const std::vector<std::string>& words,
                       std::string_view input) {
  if (auto good = check_destination(destination); !good) return base::pass_on(good);
  const auto ssh = find_ssh(context);
  if (!ssh) return base::pass_on(ssh);
  std::vector<std::string> command = {"pvmctl"};
  command.insert(command.end(), words.begin(), words.end());
  // -a, -x, ClearAllForwardings: nothing of this machine's is lent to that one. ControlMaster=no: nothing stays behind.
  const approval::ChildCommand run{*ssh,
                                   {"-T", "-a", "-x", "-o", "ClearAllForwardings=yes", "-o", "ControlMaster=no", "-o",
                                    "GSSAPIDelegateCredentials=no", "-o", "RemoteCommand=none", "-o", "ConnectTimeout=15", "--", destination, base::shell_command(command)},
                                   environment_for_ssh(context.environment())};
  auto heard = approval::run_overheard(run, input, k_most_output);
  if (!heard) return base::pass_on(heard);
  Said said{heard->status, std::move(heard->output), std::move(heard->errors)};
  if (heard->is_cut) {
    return fail(Code::io, base::quoted(destination) + " sent over " + base::human_bytes(k_most_output) + ", so it was not heard out");
  }
  if (said.status == k_ssh_failed || said.status > 128) return not_reached(destination, said);
  if (said.status != k_not_found) return said;
  return fail(Code::io, "pvmctl is not found on " + base::quoted(destination),
              "install it where ssh looks for programs, such as /usr/local/bin; then: " +
                  base::shell_command({"ssh", destination, "pvmctl doctor"}));
}

std::string shown_lines(std::string_view text, std::string_view before, std::size_t most) {
  std::string shown;
  std::size_t count = 0;
  std::size_t unshown = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (count < most) {
      ++count;
      shown += std::string(before) + shown_line(text.substr(0, end)) + "\n";
    } else {
      ++unshown;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (unshown > 0) shown += std::string(before) + "… and " + base::counted(unshown, "line", "lines") + " more\n";
  return shown;
}

Result<Json> parse_object(std::string_view text) {
  bool is_deep = false;
  const auto shallow = [&is_deep](int depth, Json::parse_event_t, Json&) {
    is_deep = is_deep || depth > k_deepest;
    return !is_deep;
  };
  Json json = Json::parse(text, shallow, false);
  if (!is_deep && json.is_object()) return json;
  return fail(Code::malformed, "what came back is not what pvmctl says");
}

std::string with_host(std::string text, const std::string& destination) {
  const std::string start = "pvmctl ";
  const std::string insertion = base::shell_command({"pvmctl", "--host", destination}).substr(start.size()) + " ";
  for (const std::string_view verb : {"pending", "show", "approve", "deny", "revoke"}) {
    const std::string words = start + std::string(verb);
    for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + words.size())) {
      text.insert(at + start.size(), insertion);
      at += insertion.size();
    }
  }
  return text;
}

Result<Reply> relay(Context& context, const std::string& destination, const std::vector<std::string>& words,
                    Format format) {
  const auto said = run_there(context, destination, words);
  if (!said) return base::pass_on(said);
  Reply reply;
  reply.status = said->status;
  const std::string errors = with_host(shown_lines(said->errors), destination);
  std::fwrite(errors.data(), 1, errors.size(), stderr);
  if (format == Format::text) {
    reply.text = shown_lines(said->output);
    return reply;
  }
  auto json = parse_object(said->output);
  if (!json) return fail(json.error().code, base::quoted(destination) + ": " + json.error().message);
  if (const auto step = json->find("next_step"); step != json->end() && step->is_string()) {
    reply.next_step = with_host(step->get<std::string>(), destination);
  }
  reply.json = std::move(*json);
  reply.is_foreign = true;
  return reply;
}

}  // namespace pvm::pvmctl::remote
