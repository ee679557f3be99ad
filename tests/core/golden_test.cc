// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Published values: those of the tests of fvcore, detectron2 and torchvision, and closed forms.

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>

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

TEST(Finite, SaturatedLogitsOfFocalLoss) {
  for (const double gamma : {0.0, 0.01, 0.5, 1.0, 2.0, 16.0}) {
    for (const float x : {-1e4f, -104.0f, -88.0f, 0.0f, 88.0f, 104.0f, 1e4f}) {
      for (const float y : {0.0f, 0.3f, 1.0f}) {
        Problem problem;
        problem.loss = FindLoss("sigmoid_focal");
        problem.parameters = ParameterValues(problem.loss->parameters);
        problem.parameters[1].number = gamma;
        problem.prediction = TensorView::Of(DataType::kFloat32, {}, &x);
        problem.target = TensorView::Of(DataType::kFloat32, {}, &y);
        problem.non_finite = NonFinitePolicy::kReject;
        const absl::StatusOr<LossResult> result = ComputeLoss(problem);
        ASSERT_TRUE(result.ok());
        float gradient;
        std::memcpy(&gradient, result->gradient.data(), sizeof gradient);
        EXPECT_TRUE(std::isfinite(result->loss[0])) << gamma << " " << x << " " << y;
        EXPECT_TRUE(std::isfinite(gradient)) << gamma << " " << x << " " << y;
      }
    }
  }
}

TEST(Finite, BoxesOfEverySizeAndNone) {
  for (const LossInfo& loss : AllLosses()) {
    if (loss.family != Family::kBox) continue;
    for (const float size : {0.0f, 1e-40f, 1e-30f, 1.0f, 1e18f, 1e30f, 3e38f}) {
      const std::array<float, 8> boxes = {0, 0, size, size, size / 4, 0, size, size};
      const std::array<float, 8> flat = {0, 0, size, 0, size, size, 0, 0};
      for (const auto& prediction : {boxes, flat}) {
        Problem problem;
        problem.loss = &loss;
        problem.prediction = TensorView::Of(DataType::kFloat32, {2, 4}, prediction.data());
        problem.target = TensorView::Of(DataType::kFloat32, {2, 4}, boxes.data());
        const absl::StatusOr<LossResult> result = ComputeLoss(problem);
        ASSERT_TRUE(result.ok());
        EXPECT_TRUE(std::isfinite(result->summary.total_loss)) << loss.name << " " << size;
      }
    }
  }
}

}  // namespace
}  // namespace detloss
