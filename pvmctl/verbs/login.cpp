// SPDX-License-Identifier: Apache-2.0
// login: opens a session of pvmctl serve. What is signed holds the hash of a token; the token itself is in the link alone,
// which only the person sees, so nobody who stands between here and the server can use it.
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "libpvm/base/text.hpp"
#include "libpvm/crypto/sha256.hpp"
#include "libpvm/system/process.hpp"
#include "pvmctl/approval/child.hpp"
#include "pvmctl/approval/issue.hpp"
#include "pvmctl/approval/login.hpp"
#include "pvmctl/approval/login_door.hpp"
#include "pvmctl/approval/setting_aside.hpp"
#include "pvmctl/cli.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::fail;
using base::Result;

constexpr std::size_t k_line_max_bytes = 4096;
constexpr timeval k_patience{5, 0};

struct LoginOptions {
  bool open = false;
  bool yes = false;
};

base::Failure not_serving() {
  return fail(Code::missing, "pvmctl serve does not run for this vault", "start it: pvmctl serve");
}

/// Connected to the server, which is a process of ours. Errors: missing; unsafe; io.
Result<base::Descriptor> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return fail(Code::usage, base::quoted(path) + " is too long for a socket");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  base::Descriptor door(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!door) return base::fail_errno("cannot make a socket", errno);
  const auto* where = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(door.get(), where, sizeof address) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED) return not_serving();
    return base::fail_errno("cannot reach " + base::quoted(path), errno);
  }
  ::setsockopt(door.get(), SOL_SOCKET, SO_RCVTIMEO, &k_patience, sizeof k_patience);
  ::setsockopt(door.get(), SOL_SOCKET, SO_SNDTIMEO, &k_patience, sizeof k_patience);
  ucred other{};
  socklen_t size = sizeof other;
  if (::getsockopt(door.get(), SOL_SOCKET, SO_PEERCRED, &other, &size) != 0) return base::fail_errno("cannot see who serves", errno);
  if (other.uid != ::geteuid()) return fail(Code::unsafe, "what serves at " + base::quoted(path) + " is not yours");
  return door;
}

Result<std::string> read_line(int door) {
  std::string line;
  for (char c = 0; line.size() < k_line_max_bytes; line.push_back(c)) {
    const ssize_t got = ::recv(door, &c, 1, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail(Code::io, "pvmctl serve does not answer");
    if (c == '\n') return line;
  }
  return fail(Code::malformed, "what serves there is not pvmctl serve");
}

Result<void> send_all(int door, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(door, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return base::fail_errno("pvmctl serve does not listen", errno);
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

/// What the server says of itself when it is called. Errors: malformed; untrusted (another vault's).
Result<std::string> door_of(int socket, const base::VaultId& vault) {
  const auto line = read_line(socket);
  if (!line) return line;
  const Json hello = Json::parse(*line, nullptr, false);
  const bool is_hello = hello.is_object() && hello.contains("door") && hello["door"].is_string() && hello.contains("vault");
  if (!is_hello) return fail(Code::malformed, "what serves there is not pvmctl serve");
  if (hello["vault"] != vault.hex()) return fail(Code::untrusted, "pvmctl serve serves another vault");
  return hello["door"].get<std::string>();
}

Result<void> hand_in(int socket, const std::string& statement, const std::string& signature) {
  const Json json = {{"statement", statement}, {"signature", signature}};
  if (auto sent = send_all(socket, json.dump(-1, ' ', true) + "\n"); !sent) return sent;
  const auto line = read_line(socket);
  if (!line) return base::pass_on(line);
  const Json reply = Json::parse(*line, nullptr, false);
  if (reply.is_object() && reply.contains("opened")) return {};
  const bool is_told = reply.is_object() && reply.contains("error") && reply["error"].is_string();
  return fail(Code::refused, is_told ? base::display(reply["error"].get<std::string>(), 512) : "pvmctl serve said no");
}

// The page without the token: the arguments of a process are everybody's to read, and the token is pasted there. Nobody
// waits for a browser, which may live for days.
Result<void> open_page(const Context& context, const std::string& door) {
  const auto program = system::find_real_command("xdg-open", std::nullopt);
  if (!program) return base::pass_on(program);
  std::vector<std::string> environment;
  for (const auto& [name, value] : context.environment().all()) environment.push_back(name + "=" + value);
  return approval::start_alone({*program, {door + "/login"}, environment});
}

Result<Reply> login(Context& context, const LoginOptions& options) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const auto vault = context.vault();
  if (!vault) return base::pass_on(vault);
  const auto signers = context.signers();
  if (!signers) return base::pass_on(signers);
  const auto path = approval::login_socket(**site, context.environment());
  if (!path) return base::pass_on(path);
  const auto socket = connect_to(*path);
  if (!socket) return base::pass_on(socket);
  const auto door = door_of(socket->get(), (*vault)->id());
  if (!door) return base::pass_on(door);
  const auto signer = approval::Signer::of_site(**site, **signers, context.environment());
  if (!signer) return base::pass_on(signer);

  const std::string token = approval::new_token();
  const base::UnixTime now = context.now();
  const bool is_unattended = signer->presence() == approval::Presence::unattended;
  const auto via = is_unattended ? approval::k_via_unattended : approval::k_via;
  const auto statement = approval::encode(approval::Login{(*vault)->id(), *door, crypto::sha256(token), now,
                                                          now + approval::k_login_life, signer->principal(), std::string(via)});
  if (!statement) return base::pass_on(statement);
  const auto prompting = options.yes ? approval::Prompting::skip : approval::Prompting::ask;
  const std::string card = "log in at " + base::display(*door, 256) + ", to answer requests there as " +
                           base::display(signer->principal(), 256) + "\n";
  const auto signature =
      approval::agree_and_sign(context, *signer, approval::k_login_namespace, card, *statement, prompting);
  if (!signature) return base::pass_on(signature);
  if (auto done = hand_in(socket->get(), *statement, *signature); !done) return base::pass_on(done);

  Reply reply;
  const std::string link = base::display(*door, 256) + "/login#" + token;
  reply.text = "open this within 60 s; it works once:\n  " + link + "\n";
  reply.json["link"] = link;
  reply.json["seconds"] = approval::k_login_life.count();
  if (options.open) {
    const auto opened = open_page(context, *door);
    reply.text += opened ? "or paste this into the page that opens: " + token + "\n"
                         : "the page could not be opened: " + opened.error().message + "\n";
  }
  return reply;
}

}  // namespace

void add_login_verb(CLI::App& app, Program& program) {
  const auto options = std::make_shared<LoginOptions>();
  CLI::App* verb = add_verb(app, program, "login", "open the page of pvmctl serve; needs the approver's key", "pvmctl login",
                            [&program, options] { return login(program.context, *options); });
  verb->add_flag("--open", options->open, "open the page in the browser, to paste the code there");
  verb->add_flag("--yes", options->yes, "do not ask, where the configuration allows that");
}

}  // namespace pvm::pvmctl
