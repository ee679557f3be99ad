// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_THREAD_POOL_H_
#define DETLOSS_THREAD_POOL_H_

#include <cstddef>
#include <functional>
#include <memory>

#include "absl/functional/function_ref.h"

namespace detloss {

// Threads that compute. One pool serves any number of requests at a time. Thread-safe.
class ThreadPool {
 public:
  // REQUIRES: threads >= 1.
  explicit ThreadPool(int threads);

  // REQUIRES: what was enqueued has ended.
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Runs `work` soon on a thread of the pool.
  void Enqueue(std::function<void()> work);

  // Calls run(0) ... run(count - 1), in any order on any number of threads, and returns when all
  // have returned. Meanwhile the calling thread starts nothing else of the pool.
  void ParallelFor(size_t count, absl::FunctionRef<void(size_t)> run);

 private:
  struct Arena;
  std::unique_ptr<Arena> arena_;
};

}  // namespace detloss

#endif  // DETLOSS_THREAD_POOL_H_
