// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_THREAD_POOL_H_
#define DETLOSS_THREAD_POOL_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"

namespace detloss {

// Threads that compute. One pool serves any number of requests at a time. Thread-safe.
class ThreadPool {
 public:
  // REQUIRES: threads >= 1. Throws std::system_error if the system gives fewer.
  explicit ThreadPool(int threads);

  // Runs what is enqueued first.
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Runs `work`, which must not throw, on a thread of the pool once none is needed to help a loop
  // that has begun.
  void Enqueue(std::function<void()> work);

  // Calls run(0) ... run(count - 1), in any order on as many threads as are free, at most those of
  // the pool, and returns when all have returned. The calling thread is one of them, and meanwhile
  // starts nothing else. If a call throws, others may be left out, and the exception is thrown
  // here.
  void ParallelFor(size_t count, absl::FunctionRef<void(size_t)> run);

 private:
  struct Loop;  // a ParallelFor() under way

  void End();
  void Leave(Loop& loop);
  void WakeOthers();
  void Work();
  void Begin(std::unique_lock<std::mutex>& lock);
  void Help(Loop& loop, std::unique_lock<std::mutex>& lock);
  Loop* FindLoop() const;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  std::vector<Loop*> loops_;  // that may want help
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace detloss

#endif  // DETLOSS_THREAD_POOL_H_
