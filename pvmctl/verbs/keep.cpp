// SPDX-License-Identifier: Apache-2.0
// keep: holds the vault open, so that no call has to build its shared index anew, and moves what calls have
// written into the vault's file before it is much. It reads nothing and decides nothing; with it or without
// it the same may run.
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "libpvm/base/descriptor.hpp"
#include "libpvm/base/text.hpp"
#include "libpvm/system/process.hpp"
#include "libpvm/vault/vault_files.hpp"
#include "pvmctl/cli.hpp"

namespace pvm::pvmctl {
namespace {

using base::Code;
using base::Result;

constexpr int k_gathering_ms = 1000;  // after a first commit, so that many make one checkpoint
constexpr int k_forever = -1;

/// The signals that end it, as a descriptor that becomes readable.
Result<base::Descriptor> take_signals() {
  sigset_t ending;
  ::sigemptyset(&ending);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&ending, number);
  ::sigprocmask(SIG_BLOCK, &ending, nullptr);
  base::Descriptor signals(::signalfd(-1, &ending, SFD_CLOEXEC));
  if (!signals) return base::fail_errno("cannot wait for signals", errno);
  return signals;
}

void drain(int changes) {
  constexpr int k_most_reads = 64;  // who writes all the time is not to keep it from everything else
  alignas(inotify_event) std::array<char, 4096> events;
  for (int reads = 0; reads < k_most_reads && ::read(changes, events.data(), events.size()) > 0; ++reads) {
  }
}

enum class Woken { by_signal, by_change, by_time };

Result<Woken> wait(int signals, int changes, int timeout_ms) {
  std::array<pollfd, 2> ready = {{{signals, POLLIN, 0}, {changes, POLLIN, 0}}};
  for (;;) {
    const int count = ::poll(ready.data(), ready.size(), timeout_ms);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return base::fail_errno("cannot wait", errno);
    if (ready[0].revents != 0) return Woken::by_signal;
    return count == 0 ? Woken::by_time : Woken::by_change;
  }
}

/// Until a signal (true), or until the vault is not this one any more (false).
Result<bool> keep_one(vault::Vault& vault, int signals) {
  const auto changes = vault.watch();
  if (!changes) return base::pass_on(changes);
  for (;;) {
    auto woken = wait(signals, changes->get(), k_forever);
    if (woken && *woken == Woken::by_change) woken = wait(signals, -1, k_gathering_ms);
    if (!woken) return base::pass_on(woken);
    drain(changes->get());
    const auto moved = vault.checkpoint();
    if (*woken == Woken::by_signal) return true;
    if (!moved && moved.error().code == Code::conflict) return false;
    if (!moved) return base::pass_on(moved);
  }
}

Result<Reply> keep(Context& context, Format format) {
  const auto site = context.site();
  if (!site) return base::pass_on(site);
  const system::Places& places = (*site)->places;
  const std::string path = places.state_directory + "/" + std::string(vault::k_vault_name);
  const auto signals = take_signals();
  if (!signals) return base::pass_on(signals);
  system::outlive(SIGPIPE);  // whether anybody reads what it says does not matter
  for (;;) {
    const auto vault = gate::open_vault(places);
    if (!vault) return base::pass_on(vault);
    if (format == Format::text) {
      std::printf("keeping %s\n", base::display(path).c_str());
      static_cast<void>(std::fflush(stdout));
    }
    const auto is_told_to_end = keep_one(**vault, signals->get());
    if (!is_told_to_end) return base::pass_on(is_told_to_end);
    if (*is_told_to_end) break;
  }
  Reply reply;
  reply.json["kept"] = json_text(path);
  return reply;
}

}  // namespace

void add_keep_verb(CLI::App& app, Program& program) {
  add_verb(app, program, "keep",
           "hold the vault open, for speed, until it is ended; as a service: systemctl --user enable --now pvm-keep",
           "pvmctl keep",
           [&program] { return keep(program.context, program.format); });
}

}  // namespace pvm::pvmctl
