// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// A loss at one point.

#ifndef DETLOSS_TESTS_CORE_POINT_H_
#define DETLOSS_TESTS_CORE_POINT_H_

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/core/problem_data.h"

namespace detloss {

struct Point {
  double value = std::nan("");
  std::vector<double> gradient = {};
};

inline Point Evaluate(const ProblemData& data) {
  const absl::StatusOr<LossResult> result = ComputeLoss(data.problem);
  EXPECT_TRUE(result.ok()) << result.status();
  if (!result.ok()) return {};
  return {result->summary.total_loss, GradientOf(*result, data.problem.prediction.data_type)};
}

// Of one element.
inline Point At(const char* loss, double prediction, double target,
                DataType type = DataType::kFloat64) {
  return Evaluate(ProblemData(*FindLoss(loss), type, {}, {prediction}, {target}));
}

// Of one pair of boxes.
using Box = std::vector<double>;

inline ProblemData BoxPair(const char* loss, const Box& prediction, const Box& target,
                           DataType type = DataType::kFloat64) {
  return ProblemData(*FindLoss(loss), type, {4}, prediction, target);
}

inline Point At(const char* loss, const Box& prediction, const Box& target,
                DataType type = DataType::kFloat64) {
  return Evaluate(BoxPair(loss, prediction, target, type));
}

}  // namespace detloss

#endif  // DETLOSS_TESTS_CORE_POINT_H_
