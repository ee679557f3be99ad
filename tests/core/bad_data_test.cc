// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Errors that depend on the data: they are found while computing, and name the position.

#include <gtest/gtest.h>

#include <cmath>

#include "tests/core/problem_data.h"

namespace detloss {
namespace {

using enum TargetKind;

void ExpectBadData(ProblemData& data, absl::StatusCode code, const char* text) {
  const absl::StatusOr<LossResult> result = ComputeLoss(data.problem);
  ASSERT_EQ(result.status().code(), code) << result.status();
  EXPECT_NE(result.status().message().find(text), std::string::npos) << result.status();
}

TEST(BadData, NamesThePosition) {
  for (const LossInfo& loss : AllLosses()) {
    if (!HasParameter(loss, "ignore_index")) continue;
    SCOPED_TRACE(loss.name);
    ProblemData data(loss, {.shape = {2, 2, 3}, .target = kInt64Index});
    for (const double bad : {4.0, -2.0, 9e15}) {
      data.SetTarget(DataType::kInt64, {2, 2}, {0, 1, bad, 2});
      ExpectBadData(data, absl::StatusCode::kOutOfRange, "the one at [1, 0] is not");
    }
  }
  ProblemData uint8(*FindLoss("binary_cross_entropy"), {.shape = {2, 2}, .target = kUint8});
  uint8.SetTarget(DataType::kUint8, {2, 2}, {0, 1, 1, 2});
  ExpectBadData(uint8, absl::StatusCode::kOutOfRange, "UINT8 targets must be 0 or 1");
  ExpectBadData(uint8, absl::StatusCode::kOutOfRange, "at [1, 1]");
}

TEST(BadData, NonFiniteElementsAreCountedAndRejectedOnDemand) {
  for (const DataType type :
       {DataType::kFloat64, DataType::kFloat32, DataType::kFloat16, DataType::kBfloat16}) {
    SCOPED_TRACE(Name(type));
    ProblemData data(*FindLoss("l2"), type, {2, 3}, {1, NAN, 2, HUGE_VAL, 3, 4},
                     {0, 0, 0, 0, 0, -HUGE_VAL});
    // A weight is one element however often it is broadcast.
    data.SetWeight(type, {3}, {1, 1, NAN});
    const absl::StatusOr<LossResult> result = ComputeLoss(data.problem);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->summary.non_finite_count, 4);
    EXPECT_TRUE(std::isnan(result->summary.loss_sum));
    data.problem.non_finite = NonFinitePolicy::kReject;
    const auto code = absl::StatusCode::kInvalidArgument;
    ExpectBadData(data, code, "prediction: must be finite, got 2 elements");
    ExpectBadData(data, code, "first at [0, 1], [1, 0]");
    ExpectBadData(data, code, "target: must be finite, got 1 elements");
    ExpectBadData(data, code, "weight: must be finite, got 1 elements");
  }
}

TEST(BadData, NumbersBeyondTheTypeOfTheComputationAreInfinite) {
  ProblemData data(*FindLoss("l2"), DataType::kFloat32, {2}, {1, 2}, {0, 0});
  data.SetTarget(DataType::kFloat64, {2}, {0, 1e300});
  data.problem.non_finite = NonFinitePolicy::kReject;
  ExpectBadData(data, absl::StatusCode::kInvalidArgument, "target: must be finite");
}

}  // namespace
}  // namespace detloss
