// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "detloss/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <utility>

namespace detloss {

namespace {

// Of how many indices at a time a thread takes: few enough that none waits long for the last one,
// but neighbors, and not so few that threads fight for the counter.
constexpr size_t kPartsOfAThread = 16;

// How often a thread looks whether the others are done before it sleeps. Waking takes longer.
constexpr int kLooks = 64;

}  // namespace

// Lives in its ParallelFor(), which ends when nobody helps any more.
struct ThreadPool::Loop {
  Loop(size_t the_count, size_t threads, absl::FunctionRef<void(size_t)> the_run)
      : count(the_count),
        step(std::max<size_t>(1, count / (threads * kPartsOfAThread))),
        helpers_max(count == 0 ? 0 : std::min(count, threads) - 1),
        run(the_run) {}

  // Takes indices and runs them until none is left.
  void Run() {
    try {
      for (size_t i = next.fetch_add(step); i < count; i = next.fetch_add(step)) {
        const size_t end = std::min(count, i + step);
        for (; i < end; ++i) run(i);
      }
    } catch (...) {
      next = count;
      if (!failed.test_and_set()) exception = std::current_exception();
    }
  }

  bool WantsHelp() const { return next < count && helpers < helpers_max; }

  const size_t count, step, helpers_max;
  const absl::FunctionRef<void(size_t)> run;
  std::atomic<size_t> next = 0;
  std::atomic_flag failed;
  std::exception_ptr exception;
  std::atomic<size_t> helpers = 0;  // changed under the mutex of the pool
  std::condition_variable left;
};

ThreadPool::ThreadPool(int threads) {
  try {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
  } catch (...) {
    End();
    throw;
  }
}

ThreadPool::~ThreadPool() { End(); }

void ThreadPool::End() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::Enqueue(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(work));
  }
  changed_.notify_one();
}

void ThreadPool::ParallelFor(size_t count, absl::FunctionRef<void(size_t)> run) {
  Loop loop(count, threads_.size(), run);
  if (loop.helpers_max > 0) {
    const std::lock_guard lock(mutex_);
    loops_.push_back(&loop);
    WakeOthers();
  }
  loop.Run();
  if (loop.helpers_max > 0) Leave(loop);
  if (loop.exception) std::rethrow_exception(loop.exception);
}

void ThreadPool::Leave(Loop& loop) {
  std::unique_lock lock(mutex_);
  std::erase(loops_, &loop);
  lock.unlock();
  for (int i = 0; i < kLooks && loop.helpers > 0; ++i) std::this_thread::yield();
  lock.lock();
  loop.left.wait(lock, [&loop] { return loop.helpers == 0; });
}

// Those that wake have others wake, so that nobody has to call all of them.
void ThreadPool::WakeOthers() {
  if (FindLoop() == nullptr && tasks_.empty()) return;
  changed_.notify_one();
  changed_.notify_one();
}

// What has begun is helped before anything new begins: so every request is answered sooner.
void ThreadPool::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (Loop* const loop = FindLoop()) {
      Help(*loop, lock);
    } else if (!tasks_.empty()) {
      Begin(lock);
    } else if (ending_) {
      return;
    } else {
      changed_.wait(lock);
    }
  }
}

ThreadPool::Loop* ThreadPool::FindLoop() const {
  const auto found =
      std::ranges::find_if(loops_, [](const Loop* loop) { return loop->WantsHelp(); });
  return found == loops_.end() ? nullptr : *found;
}

void ThreadPool::Begin(std::unique_lock<std::mutex>& lock) {
  {
    const std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    WakeOthers();
    lock.unlock();
    task();
  }  // which may free much: not under the lock
  lock.lock();
}

void ThreadPool::Help(Loop& loop, std::unique_lock<std::mutex>& lock) {
  ++loop.helpers;
  WakeOthers();
  lock.unlock();
  loop.Run();
  lock.lock();
  if (--loop.helpers == 0) loop.left.notify_one();
}

}  // namespace detloss
