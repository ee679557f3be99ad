// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/job_queue.h"

#include <algorithm>
#include <thread>
#include <vector>

namespace detloss::cli {

absl::Status JobQueue::Run(size_t threads, const std::function<absl::Status(size_t)>& work) {
  {
    std::vector<std::jthread> running;
    for (size_t i = 0; i < std::min(threads, size_); ++i) {
      running.emplace_back([&] { Drain(work); });
    }
  }
  return status_;
}

void JobQueue::Drain(const std::function<absl::Status(size_t)>& work) {
  std::unique_lock lock(mutex_);
  while (status_.ok() && next_ < size_) {
    const size_t index = next_++;
    lock.unlock();
    const absl::Status status = work(index);
    lock.lock();
    status_.Update(status);
    ++done_;
    if (progress_) progress_(done_, size_);
  }
}

}  // namespace detloss::cli
