// SPDX-License-Identifier: Apache-2.0
// The services: what a message looks like at each, and what their answers mean. Pure; nothing here goes anywhere.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "pvmctl/notify/configuration.hpp"
#include "pvmctl/notify/errand.hpp"
#include "pvmctl/notify/message.hpp"

namespace pvm::notify {

/// When and what for a message is composed.
struct Occasion {
  base::UnixTime now{};
  std::size_t leg = 0;               // which of the channel's legs
  const Verdict* verdict = nullptr;  // not null: the message that was sent is put in its decided form
  std::string handle = {};           // of that message
};

/// How many errands one message takes: one, but for a service with one for each recipient.
[[nodiscard]] std::size_t legs_of(const Channel& channel);
/// Whether a decision can come back from there: there are buttons, or codes to be sent, only then.
[[nodiscard]] bool takes_answers(const Channel& channel);
/// Whether what was sent there can be changed.
[[nodiscard]] bool can_edit(const Channel& channel);
/// What is to be done. REQUIRES: leg < legs_of(channel); with a verdict: can_edit(channel) and a handle of it.
[[nodiscard]] Errand compose(const Channel& channel, const Message& message, const Occasion& occasion);
/// What `answer` means; `why` repeats no secret of `channel`.
[[nodiscard]] Reading read_answer(const Channel& channel, const Answer& answer);

/// The data of a button, and how it is read back: "once.SECRET", "30m.SECRET", "deny.SECRET"; at most 45 bytes.
[[nodiscard]] std::string button_data(std::string_view decision, std::string_view secret);

}  // namespace pvm::notify
