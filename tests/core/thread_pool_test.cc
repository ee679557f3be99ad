// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "detloss/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
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
  ThreadPool pool(1);
  std::atomic<int> left = 100;
  for (int i = 0; i < 100; ++i) {
    pool.Enqueue([&] {
      if (--left == 0) left.notify_all();
    });
  }
  for (int n = left; n != 0; n = left) left.wait(n);
  EXPECT_EQ(left, 0);
}

// As many tasks as threads, each of which waits until all are running.
void ExpectThreadsAtATime(ThreadPool& pool, int threads) {
  std::atomic<int> running = 0, ended = 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  const auto wait_for = [&](const std::atomic<int>& count) {
    while (count < threads && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return count == threads;
  };
  for (int i = 0; i < threads; ++i) {
    pool.Enqueue([&] {
      ++running;
      EXPECT_TRUE(wait_for(running));
      ++ended;
    });
  }
  while (ended < threads) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

// oneTBB's threads are one for the process: a small pool must not take those of a large one.
TEST(ThreadPool, HasItsThreadsWhateverOtherPoolsThereAre) {
  ThreadPool small(1), large(6);
  ExpectThreadsAtATime(large, 6);
  ExpectThreadsAtATime(small, 1);
}

}  // namespace
}  // namespace detloss
