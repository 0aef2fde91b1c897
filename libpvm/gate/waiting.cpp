// SPDX-License-Identifier: Apache-2.0
#include "libpvm/gate/waiting.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>

#include "libpvm/base/bytes.hpp"
#include "libpvm/base/text.hpp"

namespace pvm::gate {
namespace {

using base::Code;
using base::fail;
using base::Result;
using Steady = std::chrono::steady_clock;

// What is being written is told of before it can be read: first soon, then ever more seldom.
constexpr std::chrono::milliseconds k_soon{2};
constexpr int k_seldomer = 4;
constexpr std::chrono::milliseconds k_between_looks{10'000};
constexpr std::chrono::milliseconds k_between_looks_unwatched{100};
constexpr base::Seconds k_longest_wait{24 * 3600};

// Until the vault is written to, or it is time to look without being told. Whether it was written to.
bool pause(const Result<base::Descriptor>& changes, std::chrono::milliseconds longest, Steady::time_point end) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Steady::now());
  const auto time = std::clamp(left, std::chrono::milliseconds(0), changes ? longest : k_between_looks_unwatched);
  pollfd ready = {changes ? changes->get() : -1, POLLIN, 0};
  return ::poll(&ready, 1, static_cast<int>(time.count())) > 0;  // a signal only makes us look
}

bool is_sent(const vault::Delivery& delivery) { return delivery.result == vault::DeliveryResult::sent; }

void call(const DecisionCallbacks& callbacks, const vault::Request& request) {
  if (request.state == vault::RequestState::approved && callbacks.approved) callbacks.approved(request);
  if (request.state == vault::RequestState::denied && callbacks.denied) callbacks.denied(request);
}

bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0;
}

std::string lower_trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '.')) text.remove_suffix(1);
  std::string out;
  for (const char c : text) out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

bool is_filler(std::string_view reason) {
  constexpr std::array<std::string_view, 9> words = {"why",  "reason", "your reason", "the reason", "n/a",
                                                     "none", "todo",   "tbd",         "xxx"};
  const std::string text = lower_trimmed(reason);
  if (std::none_of(text.begin(), text.end(), is_word_byte)) return true;
  if (text.front() == '<' && text.back() == '>') return true;
  return std::find(words.begin(), words.end(), text) != words.end();
}

}  // namespace

Result<vault::Request> wait_for_decision(vault::Vault& vault, const base::RequestId& id, base::Seconds timeout,
                                         const base::Clock& clock, const DecisionCallbacks& callbacks) {
  const auto end = Steady::now() + timeout;
  Result<base::Descriptor> changes = vault.watch();
  bool has_told = !callbacks.told;
  auto longest = k_soon;
  for (;;) {
    // Before it is looked at: what is written from now on wakes us, and what was before is seen.
    if (changes && !vault::take_changes(*changes)) changes = vault.watch();
    const bool is_over = Steady::now() >= end;
    auto request = vault.request(id, clock.now());
    if (!request) return request;
    if (request->state != vault::RequestState::pending || is_over) {
      call(callbacks, *request);
      return request;
    }
    if (!has_told && std::ranges::any_of(request->told, is_sent)) {
      has_told = true;
      callbacks.told(*request);
    }
    const bool is_written = pause(changes, longest, end);
    longest = is_written ? k_soon : std::min(longest * k_seldomer, k_between_looks);
  }
}

Result<std::optional<Asking>> read_asking(const system::Environment& environment) {
  const auto wait = environment.find_filled("PVM_WAIT");
  if (!wait) return std::optional<Asking>();
  Asking asking;
  if (*wait != "0") {
    const auto time = base::parse_duration(*wait);
    if (!time || *time > k_longest_wait) {
      return fail(Code::usage, "PVM_WAIT=" + base::quoted(*wait, 64) + " is not a time to wait",
                  "give seconds or a duration up to 24h: PVM_WAIT=90, PVM_WAIT=2m");
    }
    asking.wait = *time;
  }
  if (const auto reason = environment.find("PVM_REASON")) {
    if (auto good = check_reason(*reason); !good) return base::pass_on(good);
    asking.reason = *reason;
  }
  return std::optional<Asking>(std::move(asking));
}

Result<void> check_reason(std::string_view reason) {
  if (reason.size() > vault::k_reason_max_bytes) {
    return fail(Code::usage, "the reason is " + base::grouped(reason.size()) + " bytes long, at most 1,000 fit",
                "say it in a sentence");
  }
  if (reason.empty() || is_filler(reason)) {
    return fail(Code::usage, "the reason " + base::quoted(reason, 64) + " says nothing",
                "say in a few words what this is for, such as 'clean build'");
  }
  return {};
}

}  // namespace pvm::gate
