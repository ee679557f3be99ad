// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Load on a server: the same call again and again, a number of them at a time.

#ifndef DETLOSS_TESTS_BENCH_LOAD_H_
#define DETLOSS_TESTS_BENCH_LOAD_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

namespace detloss::bench {

// A channel with a connection of its own, for messages of any size.
std::shared_ptr<grpc::Channel> Connect(const std::string& address);

struct LoadOptions {
  std::string method;  // "/service/method"
  grpc::ByteBuffer request;
  size_t outstanding = 1;
  double warm_up_seconds = 0;
  double seconds = 1;
};

struct LoadReport {
  double seconds = 0;
  std::vector<double> latencies;  // of each call, in seconds
  size_t reply_bytes = 0;         // of one call
  size_t started = 0;             // calls in all, with those before and after the time
};

// Calls until the time is over and each call has been answered once, and waits for the last answer.
// Throws when a call fails. All on the calling thread.
LoadReport RunLoad(const std::shared_ptr<grpc::Channel>& channel, const LoadOptions& options);

}  // namespace detloss::bench

#endif  // DETLOSS_TESTS_BENCH_LOAD_H_
