// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/ticker.h"

#include <utility>

namespace detloss {

Ticker::Ticker(std::chrono::nanoseconds interval, std::function<void()> tick)
    : interval_(interval), tick_(std::move(tick)), thread_([this] {
        while (!WaitForEnd()) tick_();
      }) {}

Ticker::~Ticker() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  ending_.notify_one();
  thread_.join();
}

bool Ticker::WaitForEnd() {
  std::unique_lock lock(mutex_);
  return ending_.wait_for(lock, interval_, [this] { return ended_; });
}

}  // namespace detloss
