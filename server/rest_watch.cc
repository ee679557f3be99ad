// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/rest_watch.h"

#include <utility>

namespace detloss {

RestWatch::RestWatch(std::chrono::milliseconds rest, std::function<bool(bool)> busy,
                     std::function<void()> at_rest)
    : rest_(rest),
      busy_(std::move(busy)),
      at_rest_(std::move(at_rest)),
      thread_([this] { Run(); }) {}

RestWatch::~RestWatch() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void RestWatch::Note() {
  if (noted_.load(std::memory_order_relaxed)) return;
  {
    const std::lock_guard lock(mutex_);
    noted_ = true;
  }
  changed_.notify_one();
}

bool RestWatch::IsBusy(std::unique_lock<std::mutex>& lock) {
  lock.unlock();
  const bool busy = busy_(noted_);
  lock.lock();
  return busy;
}

void RestWatch::Run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ended_ || noted_; });
    do {
      noted_ = false;
      if (changed_.wait_for(lock, rest_, [this] { return ended_; })) return;
    } while (IsBusy(lock));
    lock.unlock();
    at_rest_();
    lock.lock();
  }
}

}  // namespace detloss
