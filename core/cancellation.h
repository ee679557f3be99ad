// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_CORE_CANCELLATION_H_
#define DETLOSS_CORE_CANCELLATION_H_

#include <atomic>
#include <functional>

namespace detloss {

// Whether the caller of a request has withdrawn it. Every loop over data asks once for each block,
// which takes far less than a millisecond. Thread-safe.
class Cancellation {
 public:
  // Asks `cancelled`, which must stay alive and may be empty.
  explicit Cancellation(const std::function<bool()>& cancelled) : cancelled_(cancelled) {}

  // Once it is so, it stays so, and the caller is not asked again.
  bool Ask() const {
    if (happened()) return true;
    if (!cancelled_ || !cancelled_()) return false;
    happened_.store(true, std::memory_order_relaxed);
    return true;
  }

  // Whether somebody has asked and heard yes.
  bool happened() const { return happened_.load(std::memory_order_relaxed); }

 private:
  const std::function<bool()>& cancelled_;
  mutable std::atomic<bool> happened_ = false;
};

}  // namespace detloss

#endif  // DETLOSS_CORE_CANCELLATION_H_
