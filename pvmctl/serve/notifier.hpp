// SPDX-License-Identifier: Apache-2.0
// From a request in the vault to the people who are told of it, and what became of that back into the vault.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libpvm/base/result.hpp"
#include "libpvm/base/time.hpp"
#include "libpvm/system/environment.hpp"
#include "libpvm/vault/vault.hpp"
#include "pvmctl/approval/review.hpp"
#include "pvmctl/notify/deliverer.hpp"

namespace pvm::pvmctl::serve {

/// What people are told of the request: its effect as it was looked at here, or, where it cannot be, as the agent told it, which
/// the line says. `door` is the page's address.
[[nodiscard]] notify::Message message_of(const approval::Review& review, const std::string& door);
/// What is put in the place of a message whose request was answered, or will not be any more.
[[nodiscard]] notify::Verdict verdict_of(const vault::Request& request, base::UnixTime now);

/// All of it in the thread of `network`, but for the look at what a request would do, which takes `worker`.
class Notifier {
 public:
  struct Parts {
    boost::asio::io_context& network;
    boost::asio::thread_pool& worker;
    const base::Clock& clock;
    const system::Environment& environment;
  };
  /// `parts` outlive it, and so does the worker's last task.
  Notifier(Parts parts, notify::Configuration configuration, std::string door);

  /// Tells of each pending request that nobody was told of, and puts the answer in the place of what was sent where there is one by
  /// now. To be called when the vault was written to. Errors: as the vault's.
  [[nodiscard]] base::Result<void> look(vault::Vault& vault);
  /// Sends what is held back, and takes nothing new.
  void drain();

 private:
  /// Of whom nobody was told: what its channels gave for what was sent.
  struct Told {
    notify::Message message;
    std::vector<std::pair<std::string, std::string>> handles;  // channel, handle: our own, not those that a vault says
  };
  void tell_next();
  void send(const base::RequestId& id, notify::Message message);
  void forget(const base::RequestId& id, const base::Error& error);
  void note(const base::RequestId& id, const notify::Attempt& attempt);
  [[nodiscard]] base::Result<void> settle(vault::Vault& vault);

  Parts parts_;
  std::string door_;
  std::map<std::string, Told> told_;      // by request, until it is answered
  std::deque<base::RequestId> to_look_at_;  // one after the other, so that the worker has time for others
  bool is_looking_ = false;
  notify::Deliverer deliverer_;
  bool has_channels_;
  bool is_draining_ = false;
};

}  // namespace pvm::pvmctl::serve
