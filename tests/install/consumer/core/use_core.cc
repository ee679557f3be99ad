// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Computes the GIoU of two pairs of boxes in this process, on threads.

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "detloss/loss.h"

int main() {
  // The same box, and two of 2 x 2 that share a corner: I = 0, U = 8, C = 16.
  const std::vector<double> prediction = {1, 1, 4, 5, 0, 0, 2, 2};
  const std::vector<double> target = {1, 1, 4, 5, 2, 2, 4, 4};
  detloss::ThreadPool threads(2);
  detloss::Problem problem;
  problem.loss = detloss::FindLoss("giou");
  problem.prediction =
      detloss::TensorView::Of(detloss::DataType::kFloat64, {2, 4}, prediction.data());
  problem.target = detloss::TensorView::Of(detloss::DataType::kFloat64, {2, 4}, target.data());
  const absl::StatusOr<detloss::LossResult> result =
      detloss::ComputeLoss(problem, {.threads = &threads});
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", result.status().ToString().c_str());
    return EXIT_FAILURE;
  }
  // (0 + 1.5) / 2
  std::printf("giou %.17g, gradient of %zu bytes\n", result->loss[0], result->gradient.size());
  const bool right = result->loss[0] == 0.75 && result->gradient.size() == 8 * sizeof(double);
  return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
