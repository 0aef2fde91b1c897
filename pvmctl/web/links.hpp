// SPDX-License-Identifier: Apache-2.0
// The connections that are open, the oldest first, and which of them goes where there is room for no other: the oldest
// of those who are not logged in. Pure, but for what `close` does.
#pragma once

#include <algorithm>
#include <functional>
#include <list>
#include <memory>

namespace pvm::pvmctl::web {

struct Link {
  std::function<void()> close;
  bool is_known = false;   // somebody who is logged in
  bool is_waiting = true;  // for a request: nothing is lost where it is closed
};

class Links {
 public:
  void add(std::shared_ptr<Link> link) { links_.push_back(std::move(link)); }
  void remove(const Link* link) {
    std::erase_if(links_, [link](const auto& one) { return one.get() == link; });
  }
  [[nodiscard]] std::size_t count() const { return links_.size(); }

  /// Whether there was one to close.
  bool close_oldest_stranger() {
    const auto found = std::ranges::find_if(links_, [](const auto& link) { return !link->is_known; });
    if (found == links_.end()) return false;
    const std::shared_ptr<Link> link = *found;
    links_.erase(found);
    link->close();
    return true;
  }
  void close_waiting() const {
    for (const auto& link : links_) {
      if (link->is_waiting) link->close();
    }
  }

 private:
  std::list<std::shared_ptr<Link>> links_;
};

}  // namespace pvm::pvmctl::web
