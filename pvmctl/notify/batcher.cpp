// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/notify/batcher.hpp"

#include <algorithm>

namespace pvm::notify {

bool Batcher::passes(const Message& message, base::UnixTime now) {
  forget_idle(now);
  Agent& agent = agents_[message.agent];
  const bool is_one_too_many = agent.recent.size() == k_at_once && now < agent.recent.front() + k_window;
  if (agent.recent.size() == k_at_once) agent.recent.pop_front();
  agent.recent.push_back(now);
  if (!agent.held && !is_one_too_many) return true;
  if (!agent.held) {
    agent.held = message;
    agent.due = now + k_window;
    return false;
  }
  agent.held->more += message.more + 1;
  agent.held->buttons.reset();
  agent.held->expires = std::min(agent.held->expires, message.expires);
  return false;
}

std::vector<Message> Batcher::due(base::UnixTime now) {
  std::vector<Message> messages;
  for (auto& [name, agent] : agents_) {
    if (!agent.held || now < agent.due) continue;
    messages.push_back(*std::move(agent.held));
    agent.held.reset();
  }
  forget_idle(now);
  return messages;
}

std::optional<base::UnixTime> Batcher::next_due() const {
  std::optional<base::UnixTime> next;
  for (const auto& [name, agent] : agents_) {
    if (agent.held && (!next || agent.due < *next)) next = agent.due;
  }
  return next;
}

std::vector<Message> Batcher::flush() {
  std::vector<Message> messages;
  for (auto& [name, agent] : agents_) {
    if (agent.held) messages.push_back(*std::move(agent.held));
  }
  agents_.clear();
  return messages;
}

// An agent that asked nothing for a window is as one that never did; so made-up names cost nothing for long.
void Batcher::forget_idle(base::UnixTime now) {
  for (auto agent = agents_.begin(); agent != agents_.end();) {
    const bool is_idle = !agent->second.held && (agent->second.recent.empty() || agent->second.recent.back() + k_window <= now);
    agent = is_idle ? agents_.erase(agent) : std::next(agent);
  }
}

}  // namespace pvm::notify
