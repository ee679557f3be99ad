// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_GATE_H_
#define DETLOSS_SERVER_GATE_H_

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <utility>

namespace detloss {

// Lets calls in until it closes, and knows how many are inside. Thread-safe.
class Gate {
 public:
  using Clock = std::chrono::steady_clock;

  // The way through for one call, which leaves when this is destroyed. Empty where none was given.
  class Pass {
   public:
    Pass() = default;
    explicit Pass(Gate& gate) : gate_(&gate) {}
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&& other) noexcept {
      std::swap(gate_, other.gate_);
      return *this;
    }
    ~Pass() {
      if (gate_ != nullptr) gate_->Leave();
    }
    explicit operator bool() const { return gate_ != nullptr; }

   private:
    Gate* gate_ = nullptr;
  };

  // Lets a call begin, or not.
  Pass Enter();

  // Lets no call in from now on.
  void Close();
  bool closed() const { return closed_; }

  // Waits until the last call has left, at most until `deadline`. REQUIRES: closed().
  void WaitUntilEmpty(Clock::time_point deadline);

  // Waits until no call has asked to enter for `quiet`, at most until `deadline`. REQUIRES:
  // closed().
  void WaitUntilQuiet(Clock::duration quiet, Clock::time_point deadline);

 private:
  void Leave();

  std::mutex mutex_;
  std::condition_variable emptied_;
  int64_t inside_ = 0;
  std::atomic<bool> closed_ = false;
  Clock::time_point last_asked_;  // once it is closed
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_GATE_H_
