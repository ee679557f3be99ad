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
  // What an element of a prediction in FLOAT32 costs, in nanoseconds.
  struct Cost {
    double loss = 0;
    double with_gradient = 0;
    double with_statistics = 0;  // which need the gradient, wanted or not
  };

  // `costs` in the order of AllLosses(). `term_ns` is what a term costs besides its elements: to be
  // read, planned and answered.
  CostModel(std::vector<Cost> costs, double term_ns)
      : costs_(std::move(costs)), term_ns_(term_ns) {}

  // Computes a little of each loss, and small terms, and looks at the clock: a few milliseconds.
  static CostModel Measure();

  // The time that one thread needs for a request.
  absl::Duration WorkOf(const RequestOutline& outline) const;

 private:
  std::vector<Cost> costs_;
  double term_ns_;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_COST_MODEL_H_
