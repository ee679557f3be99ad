// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The order of sums, which is part of the result: 16 lanes in a block, a tree over the lanes,
// blocks in the order of their index.

#include <gtest/gtest.h>

#include <bit>

#include "absl/strings/str_cat.h"
#include "tests/core/problem_data.h"
#include "tests/core/simd_target.h"

namespace detloss {
namespace {

class Sums : public OnEveryTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, Sums, testing::ValuesIn(RunnableTargets()), TargetName);

double BlockSum(const double* values, size_t count) {
  double lanes[16] = {};
  for (size_t i = 0; i < count; ++i) lanes[i % 16] += values[i];
  for (size_t half = 8; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
  }
  return lanes[0];
}

size_t BlockSize(const LossInfo& loss, int64_t classes) {
  if (loss.family == Family::kBox) return 1024;
  return loss.family == Family::kSoftmax ? 4096 / static_cast<size_t>(classes) : 4096;
}

double SumOf(const std::vector<double>& values, size_t block) {
  double sum = 0;
  for (size_t i = 0; i < values.size(); i += block) {
    sum += BlockSum(values.data() + i, std::min(block, values.size() - i));
  }
  return sum;
}

LossResult MustCompute(const Problem& problem) {
  absl::StatusOr<LossResult> result = ComputeLoss(problem);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : LossResult();
}

// Of binary64, whose values are stored as they are added.
TEST_P(Sums, RunOverLanesThenTheirTreeThenBlocks) {
  for (const LossInfo& loss : AllLosses()) {
    for (const int64_t classes : {7, 16}) {
      SCOPED_TRACE(absl::StrCat(loss.name, " of ", classes, " classes"));
      ProblemData data(
          loss, {.shape = ShapeOf(loss, 4 * 2500 + 300, classes), .target = DefaultTarget(loss)});
      data.problem.reduction = Reduction::kNone;
      const LossResult values = MustCompute(data.problem);
      const double want = SumOf(values.loss, BlockSize(loss, classes));
      EXPECT_EQ(std::bit_cast<uint64_t>(values.summary.loss_sum), std::bit_cast<uint64_t>(want));
    }
  }
}

// MEAN divides the sum in binary64, and rounds once.
TEST_P(Sums, AreRoundedOnceToTheTypeOfTheLoss) {
  for (const LossInfo& loss : AllLosses()) {
    SCOPED_TRACE(loss.name);
    const ProblemData data(loss, {.shape = ShapeOf(loss, 1200, 6),
                                  .type = DataType::kFloat32,
                                  .target = DefaultTarget(loss),
                                  .target_type = DataType::kFloat32});
    const LossResult result = MustCompute(data.problem);
    const auto want = static_cast<float>(result.summary.loss_sum / result.summary.denominator);
    EXPECT_EQ(result.loss[0], static_cast<double>(want));
  }
}

}  // namespace
}  // namespace detloss
