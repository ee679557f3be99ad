// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Work that several threads share.

#ifndef DETLOSS_CLI_JOB_QUEUE_H_
#define DETLOSS_CLI_JOB_QUEUE_H_

#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>

#include "absl/status/status.h"

namespace detloss::cli {

// Called after each job, by one thread at a time.
using JobProgress = std::function<void(size_t done, size_t of)>;

// Hands out jobs by their indices and keeps the first error.
class JobQueue {
 public:
  JobQueue(size_t size, JobProgress progress) : size_(size), progress_(std::move(progress)) {}

  // Calls `work` for every index, on as many `threads`, until one fails.
  absl::Status Run(size_t threads, const std::function<absl::Status(size_t)>& work);

 private:
  void Drain(const std::function<absl::Status(size_t)>& work);

  const size_t size_;
  const JobProgress progress_;
  std::mutex mutex_;
  size_t next_ = 0;
  size_t done_ = 0;
  absl::Status status_;
};

}  // namespace detloss::cli

#endif  // DETLOSS_CLI_JOB_QUEUE_H_
