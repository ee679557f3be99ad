// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/rest_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace detloss {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRest{20};

// Waits until `count` is `expected`, for a long time if need be.
bool Becomes(const std::atomic<int>& count, int expected) {
  for (int i = 0; i < 3000 && count != expected; ++i) std::this_thread::sleep_for(milliseconds(10));
  return count == expected;
}

TEST(RestWatch, ActsOnceEachTimeThatWorkComesToRest) {
  std::atomic<int> rests = 0;
  std::atomic<bool> busy = false;
  RestWatch watch(
      kRest, [&](bool noted) { return noted || busy.load(); }, [&] { ++rests; });
  std::this_thread::sleep_for(4 * kRest);
  EXPECT_EQ(rests, 0);
  for (int i = 1; i <= 3; ++i) {
    busy = true;
    watch.Note();
    watch.Note();
    busy = false;
    EXPECT_TRUE(Becomes(rests, i));
    std::this_thread::sleep_for(4 * kRest);
    EXPECT_EQ(rests, i);
  }
}

TEST(RestWatch, WaitsForWorkThatGoesOn) {
  std::atomic<int> rests = 0;
  std::atomic<bool> busy = true;
  RestWatch watch(
      kRest, [&](bool noted) { return noted || busy.load(); }, [&] { ++rests; });
  watch.Note();
  std::this_thread::sleep_for(10 * kRest);
  EXPECT_EQ(rests, 0);
  busy = false;
  EXPECT_TRUE(Becomes(rests, 1));
}

TEST(RestWatch, EndsAtOnce) {
  const auto start = std::chrono::steady_clock::now();
  {
    RestWatch watch(
        std::chrono::hours(1), [](bool) { return false; }, [] {});
    watch.Note();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::minutes(1));
}

}  // namespace
}  // namespace detloss
