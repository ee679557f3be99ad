// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include <grpc/grpc.h>
#include <gtest/gtest.h>

namespace detloss {
namespace {

// Waits at the end for the threads of gRPC, which otherwise end with the process. What OpenSSL
// keeps for a thread that is about to end would be a leak to LeakSanitizer.
class GrpcEnvironment : public testing::Environment {
 public:
  void SetUp() override { grpc_init(); }
  void TearDown() override { grpc_shutdown_blocking(); }
};

[[maybe_unused]] const testing::Environment* const kEnvironment =
    testing::AddGlobalTestEnvironment(new GrpcEnvironment);

}  // namespace
}  // namespace detloss
