// SPDX-License-Identifier: Apache-2.0
#include "pvmctl/log/second_thread.hpp"

#include <system_error>
#include <utility>

namespace pvm::pvmctl::log {

SecondThread::SecondThread() {
  try {
    thread_ = std::thread([this] { work(); });
  } catch (const std::system_error&) {
    // thread_ stays without one.
  }
}

SecondThread::~SecondThread() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void SecondThread::both(const Work& here, const Work& beside) {
  if (!thread_.joinable()) {
    here();
    return beside();
  }
  start(beside);
  try {
    here();
  } catch (...) {
    static_cast<void>(wait());  // it still uses what the caller owns
    throw;
  }
  if (const std::exception_ptr thrown = wait()) std::rethrow_exception(thrown);
}

void SecondThread::start(const Work& beside) {
  {
    const std::lock_guard lock(mutex_);
    beside_ = &beside;
  }
  changed_.notify_all();
}

std::exception_ptr SecondThread::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return beside_ == nullptr; });
  return std::exchange(thrown_, nullptr);
}

void SecondThread::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_over_ || beside_ != nullptr; });
    if (is_over_) return;
    const Work& beside = *beside_;
    lock.unlock();
    std::exception_ptr thrown;
    try {
      beside();
    } catch (...) {
      thrown = std::current_exception();
    }
    lock.lock();
    thrown_ = std::move(thrown);
    beside_ = nullptr;
    changed_.notify_all();
  }
}

}  // namespace pvm::pvmctl::log
