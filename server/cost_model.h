// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_COST_MODEL_H_
#define DETLOSS_SERVER_COST_MODEL_H_

#include <vector>

#include "absl/time/time.h"
#include "server/outline.h"

namespace detloss {

// How long losses take on this machine, on one thread.
class CostModel {
 public:
  // What an element of a prediction in FLOAT32 costs, with its gradient, in nanoseconds.
  struct Cost {
    double plain = 0;
    double with_statistics = 0;
  };

  // `costs` in the order of AllLosses().
  explicit CostModel(std::vector<Cost> costs) : costs_(std::move(costs)) {}

  // Computes a little of each loss and looks at the clock: a few milliseconds.
  static CostModel Measure();

  // The time that one thread needs for a request.
  absl::Duration WorkOf(const RequestOutline& outline) const;

 private:
  std::vector<Cost> costs_;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_COST_MODEL_H_
