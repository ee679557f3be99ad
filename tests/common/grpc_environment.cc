// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include <grpc/grpc.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <thread>

namespace detloss {
namespace {

using std::chrono::steady_clock;

#ifdef __SANITIZE_THREAD__
constexpr std::ptrdiff_t kOwnThreads = 2;  // ThreadSanitizer has one.
#else
constexpr std::ptrdiff_t kOwnThreads = 1;
#endif

bool OnlyOwnThreadsAreLeft() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}) <= kOwnThreads;
}

bool GrpcIsDown() { return grpc_is_initialized() == 0; }

template <class Condition>
bool Within(std::chrono::seconds time, Condition holds) {
  for (const auto end = steady_clock::now() + time; !holds();) {
    if (steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

// Waits at the end until the threads of gRPC are gone, some of which it leaves to end by
// themselves. OpenSSL frees what it keeps for a thread when that thread ends, but not once the
// process is ending: to LeakSanitizer a thread that ends just then has leaked it.
//
// Where gRPC stays up its threads stay, too, and there is nothing to wait for. gRPC 1.51 does when
// a channel is destroyed whose connection was just being made: it loses the client's transport,
// which holds a share of the library.
class GrpcEnvironment : public testing::Environment {
 public:
  void SetUp() override { grpc_init(); }
  void TearDown() override {
    grpc_shutdown_blocking();
    if (!Within(std::chrono::seconds(10), GrpcIsDown)) {
      std::cout << "gRPC stays up: something of it was not destroyed\n";
      return;
    }
    EXPECT_TRUE(Within(std::chrono::seconds(60), OnlyOwnThreadsAreLeft))
        << "threads that did not end";
  }
};

[[maybe_unused]] const testing::Environment* const kEnvironment =
    testing::AddGlobalTestEnvironment(new GrpcEnvironment);

}  // namespace
}  // namespace detloss
