// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Published values: those of the tests of fvcore, detectron2 and torchvision, and closed forms.

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "detloss/loss.h"

namespace detloss {
namespace {

using Box = std::array<double, 4>;
constexpr Box kA = {-1, -1, 1, 1}, kB = {0, 0, 1, 1}, kC = {0, 1, 1, 2}, kD = {1, 1, 2, 2},
              kE = {0, -1, 1, 1};

double BoxLoss(const char* loss, const Box& prediction, const Box& target) {
  Problem problem;
  problem.loss = FindLoss(loss);
  problem.prediction = TensorView::Of(DataType::kFloat64, {4}, prediction.data());
  problem.target = TensorView::Of(DataType::kFloat64, {4}, target.data());
  const absl::StatusOr<LossResult> result = ComputeLoss(problem);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? result->summary.total_loss : std::nan("");
}

TEST(Golden, Giou) {
  EXPECT_DOUBLE_EQ(BoxLoss("giou", kA, kA), 0);
  EXPECT_DOUBLE_EQ(BoxLoss("giou", kA, kB), 0.75);
  EXPECT_DOUBLE_EQ(BoxLoss("giou", kB, kC), 1);
  EXPECT_DOUBLE_EQ(BoxLoss("giou", kB, kD), 1.5);
}

TEST(Golden, Diou) {
  EXPECT_DOUBLE_EQ(BoxLoss("diou", kA, kE), 0.53125);
  EXPECT_DOUBLE_EQ(BoxLoss("diou", kB, kD), 1.25);
}

TEST(Golden, Ciou) {
  EXPECT_DOUBLE_EQ(BoxLoss("ciou", kA, kA), 0);
  EXPECT_DOUBLE_EQ(BoxLoss("ciou", kA, kB), 0.8125);
  EXPECT_NEAR(BoxLoss("ciou", kA, kC), 1.1923, 5e-5);
  EXPECT_DOUBLE_EQ(BoxLoss("ciou", kA, kD), 1.25);
  EXPECT_NEAR(BoxLoss("ciou", kA, kE), 0.5345, 5e-5);
}

TEST(Golden, SigmoidFocalAtHalf) {
  const double x = 0, y = 1;
  Problem problem;
  problem.loss = FindLoss("sigmoid_focal");
  problem.prediction = TensorView::Of(DataType::kFloat64, {}, &x);
  problem.target = TensorView::Of(DataType::kFloat64, {}, &y);
  EXPECT_NEAR(ComputeLoss(problem)->summary.total_loss, 0.25 * 0.25 * std::log(2.0), 1e-16);
}

// The pairwise costs of mmdetection's IoUCost, which are 1 less than the losses and negative.
TEST(Golden, GiouOfIntegerBoxes) {
  constexpr Box kBoxes[] = {{1, 1, 2, 2}, {2, 2, 3, 4}}, kTargets[] = {{0, 0, 2, 4}, {1, 2, 3, 4}};
  EXPECT_DOUBLE_EQ(BoxLoss("giou", kBoxes[0], kTargets[0]), 1 - 0.125);
  EXPECT_NEAR(BoxLoss("giou", kBoxes[0], kTargets[1]), 1 + 0.1667, 5e-5);
  EXPECT_NEAR(BoxLoss("giou", kBoxes[1], kTargets[0]), 1 + 0.1667, 5e-5);
  EXPECT_DOUBLE_EQ(BoxLoss("giou", kBoxes[1], kTargets[1]), 1 - 0.5);
}

TEST(Golden, GiouOfABatchBySumAndMean) {
  constexpr double kPrediction[] = {0, 0, 1, 1, 0, 0, 1, 1}, kTarget[] = {0, 1, 1, 2, 1, 1, 2, 2};
  Problem problem;
  problem.loss = FindLoss("giou");
  problem.prediction = TensorView::Of(DataType::kFloat64, {2, 4}, kPrediction);
  problem.target = TensorView::Of(DataType::kFloat64, {2, 4}, kTarget);
  problem.reduction = Reduction::kSum;
  EXPECT_DOUBLE_EQ(ComputeLoss(problem)->summary.total_loss, 2.5);
  problem.reduction = Reduction::kMean;
  EXPECT_DOUBLE_EQ(ComputeLoss(problem)->summary.total_loss, 1.25);
}

}  // namespace
}  // namespace detloss
