// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include <grpc/grpc.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <thread>

namespace detloss {
namespace {

using std::chrono::steady_clock;

std::ptrdiff_t CountThreads() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
}

#ifdef __SANITIZE_THREAD__
constexpr std::ptrdiff_t kOwnThreads = 2;  // ThreadSanitizer has one.
#else
constexpr std::ptrdiff_t kOwnThreads = 1;
#endif

// Waits at the end until the threads of gRPC are gone, some of which it leaves to end by
// themselves. OpenSSL frees what it keeps for a thread when that thread ends, but not once the
// process is ending: to LeakSanitizer a thread that ends just then has leaked it.
class GrpcEnvironment : public testing::Environment {
 public:
  void SetUp() override { grpc_init(); }
  void TearDown() override {
    grpc_shutdown_blocking();
    const steady_clock::time_point end = steady_clock::now() + std::chrono::seconds(60);
    while (CountThreads() > kOwnThreads && steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_LE(CountThreads(), kOwnThreads) << "threads that did not end";
  }
};

[[maybe_unused]] const testing::Environment* const kEnvironment =
    testing::AddGlobalTestEnvironment(new GrpcEnvironment);

}  // namespace
}  // namespace detloss
