// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "detloss/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <new>
#include <set>
#include <thread>
#include <vector>

namespace detloss {
namespace {

TEST(ThreadPool, CallsEveryIndexOnce) {
  ThreadPool pool(3);
  std::vector<std::atomic<int>> calls(1000);
  pool.ParallelFor(calls.size(), [&](size_t i) { ++calls[i]; });
  for (const std::atomic<int>& count : calls) EXPECT_EQ(count, 1);
}

TEST(ThreadPool, RunsWhatIsEnqueued) {
  std::atomic<int> left = 100;
  ThreadPool pool(1);
  for (int i = 0; i < 100; ++i) {
    pool.Enqueue([&] {
      if (--left == 0) left.notify_all();
    });
  }
  for (int n = left; n != 0; n = left) left.wait(n);
  EXPECT_EQ(left, 0);
}

// As many tasks as threads, each of which waits until all are running.
void ExpectThreadsAtATime(int threads) {
  std::atomic<int> running = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  const auto wait_for = [&](const std::atomic<int>& count) {
    while (count < threads && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return count == threads;
  };
  ThreadPool pool(threads);
  for (int i = 0; i < threads; ++i) {
    pool.Enqueue([&] {
      ++running;
      EXPECT_TRUE(wait_for(running));
    });
  }
}

TEST(ThreadPool, RunsAsManyTasksAtATimeAsItHasThreads) {
  ExpectThreadsAtATime(1);
  ExpectThreadsAtATime(6);
}

// A task that waits for a thread gets it although loops begin and end.
TEST(ThreadPool, BeginsTasksBesideLoops) {
  std::atomic<int> tasks = 0;
  {
    ThreadPool pool(5);
    for (int i = 0; i < 200; ++i) {
      pool.ParallelFor(3, [](size_t) { std::this_thread::yield(); });
      pool.Enqueue([&tasks] { ++tasks; });
    }
  }
  EXPECT_EQ(tasks, 200);
}

// What a loop refers to is on its caller's stack.
TEST(ThreadPool, ThrowsOnlyOnceNobodyHelpsAnyMore) {
  ThreadPool pool(2);
  for (int i = 0; i < 20; ++i) {
    std::atomic<int> entered = 0, left = 0;
    const auto run = [&](size_t at) {
      ++entered;
      if (at == 0) {
        for (int looks = 0; entered < 2 && looks < 30000; ++looks) {
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        throw std::bad_alloc();
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      ++left;
    };
    EXPECT_THROW(pool.ParallelFor(2, run), std::bad_alloc);
    EXPECT_EQ(entered, 2);
    EXPECT_EQ(left, 1);
  }
}

TEST(ThreadPool, RunsWhatIsEnqueuedBeforeItEnds) {
  std::atomic<int> ran = 0;
  {
    ThreadPool pool(2);
    for (int i = 0; i < 100; ++i) pool.Enqueue([&ran] { ++ran; });
  }
  EXPECT_EQ(ran, 100);
}

TEST(ThreadPool, LoopsOfAnyLengthEnd) {
  ThreadPool pool(3);
  for (size_t count = 0; count < 200; ++count) {
    std::atomic<size_t> calls = 0;
    pool.ParallelFor(count, [&](size_t) { ++calls; });
    ASSERT_EQ(calls, count);
  }
}

// As requests run: tasks with loops of their own, and loops of threads that are not the pool's.
TEST(ThreadPool, RunsLoopsOfManyThreadsAtATime) {
  constexpr size_t kCount = 500;
  std::atomic<size_t> calls = 0;
  std::atomic<int> tasks = 20;
  ThreadPool pool(3);
  for (int i = 0; i < 20; ++i) {
    pool.Enqueue([&] {
      pool.ParallelFor(kCount, [&](size_t) { ++calls; });
      if (--tasks == 0) tasks.notify_all();
    });
  }
  std::vector<std::thread> others;
  for (int t = 0; t < 4; ++t) {
    others.emplace_back([&] {
      for (int i = 0; i < 20; ++i) pool.ParallelFor(kCount, [&](size_t) { ++calls; });
    });
  }
  for (std::thread& other : others) other.join();
  for (int n = tasks; n != 0; n = tasks) tasks.wait(n);
  EXPECT_EQ(calls, (20 + 4 * 20) * kCount);
}

// More than one thread takes part in a loop if there is time.
TEST(ThreadPool, HelpsALoop) {
  ThreadPool pool(2);
  std::mutex mutex;
  std::set<std::thread::id> threads;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  pool.ParallelFor(1000, [&](size_t) {
    std::unique_lock lock(mutex);
    threads.insert(std::this_thread::get_id());
    while (threads.size() < 2 && std::chrono::steady_clock::now() < deadline) {
      lock.unlock();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      lock.lock();
    }
  });
  EXPECT_EQ(threads.size(), 2u);
}

TEST(ThreadPool, ThrowsWhatALoopThrows) {
  ThreadPool pool(2);
  for (int i = 0; i < 50; ++i) {
    EXPECT_THROW(pool.ParallelFor(1000,
                                  [](size_t at) {
                                    if (at == 777) throw std::bad_alloc();
                                  }),
                 std::bad_alloc);
  }
  std::atomic<int> calls = 0;
  pool.ParallelFor(10, [&](size_t) { ++calls; });
  EXPECT_EQ(calls, 10);
}

}  // namespace
}  // namespace detloss
