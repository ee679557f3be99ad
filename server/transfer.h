// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_TRANSFER_H_
#define DETLOSS_SERVER_TRANSFER_H_

#include <atomic>
#include <chrono>

namespace detloss {

// Whether a message is on its way, and since when. Thread-safe.
class Transfer {
 public:
  using Clock = std::chrono::steady_clock;

  void Begin() { since_.store(Clock::now().time_since_epoch(), std::memory_order_relaxed); }
  void End() { since_.store(kNone, std::memory_order_relaxed); }

  bool IsUnderWay() const { return since_.load(std::memory_order_relaxed) != kNone; }
  bool BeganBefore(Clock::time_point time) const {
    return IsUnderWay() && since_.load(std::memory_order_relaxed) < time.time_since_epoch();
  }

 private:
  static constexpr Clock::duration kNone = Clock::duration::max();

  std::atomic<Clock::duration> since_ = kNone;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_TRANSFER_H_
