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

// For losses of independent classes they are background.
TEST(BadData, SoftmaxLossesHaveNoBackground) {
  for (const LossInfo& loss : AllLosses()) {
    if (loss.family != Family::kSoftmax) continue;
    for (const double label : {-1.0, 3.0}) {
      ProblemData data(loss, {.shape = {2, 3}, .target = kInt64Index});
      data.SetTarget(DataType::kInt64, {2}, {0, label});
      ExpectBadData(data, absl::StatusCode::kOutOfRange, "must be in [0, 3), but the one at [1]");
    }
  }
}

TEST(BadData, NamesTheFirstFourPositions) {
  ProblemData data(*FindLoss("l2"), DataType::kFloat32, {6}, std::vector<double>(6, NAN),
                   std::vector<double>(6, 0));
  data.problem.non_finite = NonFinitePolicy::kReject;
  const absl::Status status = ComputeLoss(data.problem).status();
  EXPECT_EQ(status.message(),
            "prediction: must be finite, got 6 elements that are not, first at [0], [1], [2], [3]");
}

// Beyond the first block.
TEST(BadData, IsFoundWhereverItIs) {
  constexpr int64_t kRows = 10000;
  std::vector<double> labels(kRows, 1), numbers(kRows, 0);
  labels[9000] = 5;
  numbers[9001] = NAN;
  ProblemData data(*FindLoss("binary_cross_entropy"), {.shape = {kRows, 2}, .target = kInt32Index});
  data.SetTarget(DataType::kInt32, {kRows}, labels);
  ExpectBadData(data, absl::StatusCode::kOutOfRange, "the one at [9000] is not");
  ProblemData number(*FindLoss("l2"), DataType::kFloat64, {kRows}, numbers, numbers);
  number.problem.non_finite = NonFinitePolicy::kReject;
  ExpectBadData(number, absl::StatusCode::kInvalidArgument, "first at [9001]");
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
