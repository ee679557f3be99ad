// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Load whose calls arrive when they arrive, as those of many independent users do: what a server
// does not answer in time piles up, instead of holding up who would call next.

#ifndef DETLOSS_TESTS_SOAK_OPEN_LOAD_H_
#define DETLOSS_TESTS_SOAK_OPEN_LOAD_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace detloss::bench {

struct OpenLoadOptions {
  std::string method;  // "/service/method"
  grpc::ByteBuffer request;
  std::multimap<std::string, std::string> metadata = {};
  double rate = 1;  // arrivals a second; the times between them are exponential
  double warm_up_seconds = 0;
  double seconds = 1;
  double deadline_seconds = 60;   // of a call, from when it is sent
  size_t outstanding_max = 1000;  // calls that would be more are not sent
  uint32_t seed = 1;              // of the arrivals
};

// Of the arrivals after the warm-up.
struct OpenLoadReport {
  size_t arrivals = 0;
  size_t unsent = 0;
  size_t answered_in_time = 0;  // with OK, from the end of the warm-up to the last arrival
  // From when a call should have been sent until its end, in seconds, for each status code.
  std::map<grpc::StatusCode, std::vector<double>> latencies;
  std::vector<double> lags;  // by how much the calls were sent too late
};

// Calls over the channels in turn, from the calling thread, until the time is over and all calls
// have ended. Another thread takes the answers.
OpenLoadReport RunOpenLoad(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                           const OpenLoadOptions& options);

}  // namespace detloss::bench

#endif  // DETLOSS_TESTS_SOAK_OPEN_LOAD_H_
