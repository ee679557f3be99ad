// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_CALL_CLOCK_H_
#define DETLOSS_SERVER_CALL_CLOCK_H_

#include <grpc/support/time.h>
#include <grpcpp/server_context.h>

#include <atomic>
#include <chrono>

#include "server/status.h"

namespace detloss {

// Whether a call is still worth working on. Thread-safe.
class CallClock {
 public:
  // Takes the deadline. REQUIRES: the call has begun.
  void Begin(const grpc::ServerContext& context) { deadline_ = TimeOf(context.raw_deadline()); }

  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

  // The reply is not taken: the call is about to be cancelled.
  void GiveUp() { given_up_.store(true, std::memory_order_relaxed); }

  std::chrono::system_clock::time_point deadline() const { return deadline_; }
  bool Expired() const { return std::chrono::system_clock::now() >= deadline_; }
  bool Ended() const { return cancelled() || Expired(); }

  // Says why the work was given up, in place of the core's CANCELLED.
  absl::Status Explain(absl::Status status) const {
    if (status.code() != absl::StatusCode::kCancelled) return status;
    if (given_up_.load(std::memory_order_relaxed))
      return MakeError(Reason::kCancelled, "the reply was not taken in time");
    if (Expired())
      return MakeError(Reason::kDeadlineExceeded, "the deadline of the call has passed");
    return MakeError(Reason::kCancelled, "the call was cancelled");
  }

 private:
  using Time = std::chrono::system_clock::time_point;

  // Whoever allows 10,000 years sets no deadline, and the clock cannot tell one.
  static Time TimeOf(gpr_timespec deadline) {
    deadline = gpr_convert_clock_type(deadline, GPR_CLOCK_REALTIME);
    const auto end = std::chrono::duration_cast<std::chrono::seconds>(Time::max() - Time());
    if (deadline.tv_sec >= end.count()) return Time::max();
    return Time() + std::chrono::seconds(deadline.tv_sec) +
           std::chrono::nanoseconds(deadline.tv_nsec);
  }

  Time deadline_;
  std::atomic<bool> cancelled_ = false;
  std::atomic<bool> given_up_ = false;
};

// Microseconds since it was made.
class Stopwatch {
 public:
  int64_t microseconds() const {
    const auto elapsed = std::chrono::steady_clock::now() - start_;
    return std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_CALL_CLOCK_H_
