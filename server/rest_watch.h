// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_REST_WATCH_H_
#define DETLOSS_SERVER_REST_WATCH_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace detloss {

// Does something once each time that work has come to rest, on a thread of its own. The thread
// wakes once in a while as long as there is work, and not at all when there is none.
class RestWatch {
 public:
  // Asks busy(noted) every `rest` as long as it returns true, and then calls `at_rest`; `noted`
  // says whether anything was noted in the meantime. Both are called on the thread, and may wait
  // for who notes.
  RestWatch(std::chrono::milliseconds rest, std::function<bool(bool noted)> busy,
            std::function<void()> at_rest);
  ~RestWatch();
  RestWatch(const RestWatch&) = delete;
  RestWatch& operator=(const RestWatch&) = delete;

  // Work was done. Thread-safe, and cheap.
  void Note();

 private:
  void Run();
  bool IsBusy(std::unique_lock<std::mutex>& lock);  // without the lock meanwhile

  const std::chrono::milliseconds rest_;
  const std::function<bool(bool)> busy_;
  const std::function<void()> at_rest_;
  std::atomic<bool> noted_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_REST_WATCH_H_
