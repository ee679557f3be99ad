// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/gate.h"

#include <algorithm>
#include <thread>

namespace detloss {

Gate::Pass Gate::Enter() {
  const std::lock_guard lock(mutex_);
  if (closed_) {
    last_asked_ = Clock::now();
    return {};
  }
  ++inside_;
  return Pass(*this);
}

void Gate::Leave() {
  const std::lock_guard lock(mutex_);
  if (--inside_ == 0) emptied_.notify_all();
}

void Gate::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  last_asked_ = Clock::now();
}

void Gate::WaitUntilEmpty(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  emptied_.wait_until(lock, deadline, [this] { return inside_ == 0; });
}

void Gate::WaitUntilQuiet(Clock::duration quiet, Clock::time_point deadline) {
  for (;;) {
    Clock::time_point until;
    {
      const std::lock_guard lock(mutex_);
      until = std::min(last_asked_ + quiet, deadline);
    }
    if (Clock::now() >= until) return;
    std::this_thread::sleep_until(until);
  }
}

}  // namespace detloss
