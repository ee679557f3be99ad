// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Outcomes of calls as JSON.

#ifndef DETLOSS_TESTS_SOAK_LATENCIES_H_
#define DETLOSS_TESTS_SOAK_LATENCIES_H_

#include <grpcpp/support/status.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tests/bench/timing.h"

namespace detloss::bench {

// The codes of gRPC and Abseil have the same numbers.
inline std::string CodeName(grpc::StatusCode code) {
  return absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
}

// Null where there are none.
inline nlohmann::json DescribeLatencies(const std::vector<double>& seconds) {
  if (seconds.empty()) return nullptr;
  return {{"calls", seconds.size()},          {"p50", Quantile(seconds, 0.5)},
          {"p90", Quantile(seconds, 0.9)},    {"p99", Quantile(seconds, 0.99)},
          {"p999", Quantile(seconds, 0.999)}, {"max", Quantile(seconds, 1)}};
}

}  // namespace detloss::bench

#endif  // DETLOSS_TESTS_SOAK_LATENCIES_H_
