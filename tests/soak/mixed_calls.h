// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What clients do to a server, well and badly.

#ifndef DETLOSS_TESTS_SOAK_MIXED_CALLS_H_
#define DETLOSS_TESTS_SOAK_MIXED_CALLS_H_

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "detloss/v1/loss_service.grpc.pb.h"

namespace detloss::bench {

// Requests whose sizes are the powers of two from 1 KiB to `bytes_max`.
std::vector<v1::ComputeLossRequest> RequestsOfAllSizes(size_t bytes_max);

// How often what was done ended with which status.
using Outcomes = std::map<std::string, std::map<std::string, int64_t>>;

// One client, which does one thing after another, at random. Used by one thread.
class MixedCalls {
 public:
  MixedCalls(std::string address, const std::vector<v1::ComputeLossRequest>& requests,
             uint32_t seed);

  // Does something and notes what became of it.
  void DoSomething();

  const Outcomes& outcomes() const { return outcomes_; }

 private:
  using Stream =
      grpc::ClientReaderWriter<v1::StreamComputeLossRequest, v1::StreamComputeLossResponse>;

  grpc::Status Compute();
  grpc::Status WrongShape();
  grpc::Status Cancel();
  grpc::Status Deadline();
  grpc::Status WholeStream();
  grpc::Status LeftStream();
  grpc::Status NewConnection();

  size_t Below(size_t end) { return std::uniform_int_distribution<size_t>(0, end - 1)(random_); }
  const v1::ComputeLossRequest& AnyRequest();
  v1::StreamComputeLossRequest AnyItem();
  grpc::Status Call(grpc::ClientContext& context, const v1::ComputeLossRequest& request);

  std::string address_;
  const std::vector<v1::ComputeLossRequest>& requests_;
  std::minstd_rand random_;
  std::unique_ptr<v1::LossService::Stub> stub_;
  Outcomes outcomes_;
};

}  // namespace detloss::bench

#endif  // DETLOSS_TESTS_SOAK_MIXED_CALLS_H_
