// SPDX-License-Identifier: Apache-2.0
// A thread that waits for work, so that two things can be done at the same time again and again.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace pvm::pvmctl::log {

class SecondThread {
 public:
  using Work = std::function<void()>;

  /// Where the system gives no further thread, everything is done in the caller's.
  SecondThread();
  SecondThread(const SecondThread&) = delete;
  SecondThread& operator=(const SecondThread&) = delete;
  ~SecondThread();

  /// Does `here` in the caller's thread and `beside` in the other, and returns when both are done. What either throws is
  /// thrown again then; of two, that of `here`.
  void both(const Work& here, const Work& beside);

 private:
  void work();
  void start(const Work& beside);
  std::exception_ptr wait();

  std::mutex mutex_;
  std::condition_variable changed_;
  const Work* beside_ = nullptr;  // what is being done; null: nothing
  std::exception_ptr thrown_;
  bool is_over_ = false;
  std::thread thread_;
};

}  // namespace pvm::pvmctl::log
