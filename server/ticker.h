// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_TICKER_H_
#define DETLOSS_SERVER_TICKER_H_

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace detloss {

// Does something again and again, on a thread of its own.
class Ticker {
 public:
  // Calls `tick` after each `interval`.
  Ticker(std::chrono::nanoseconds interval, std::function<void()> tick);

  // Does not wait for the interval, but for `tick` to return.
  ~Ticker();
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

 private:
  bool WaitForEnd();

  const std::chrono::nanoseconds interval_;
  const std::function<void()> tick_;
  std::mutex mutex_;
  std::condition_variable ending_;
  bool ended_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_TICKER_H_
