// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What the losses do where their formulas have a kink, a tie or a limit: one test for each rule.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "tests/core/problem_data.h"

namespace detloss {
namespace {

struct Point {
  double value = std::nan("");
  std::vector<double> gradient;
};

Point Evaluate(const ProblemData& data) {
  const absl::StatusOr<LossResult> result = ComputeLoss(data.problem);
  EXPECT_TRUE(result.ok()) << result.status();
  if (!result.ok()) return {};
  return {result->summary.total_loss, GradientOf(*result, data.problem.prediction.data_type)};
}

Point At(const char* loss, double prediction, double target) {
  return Evaluate(ProblemData(*FindLoss(loss), DataType::kFloat64, {}, {prediction}, {target}));
}

using Box = std::vector<double>;

Point At(const char* loss, const Box& prediction, const Box& target) {
  return Evaluate(ProblemData(*FindLoss(loss), DataType::kFloat64, {4}, prediction, target));
}

TEST(Kinks, TheSlopeOfL1AtZeroIsZero) {
  EXPECT_EQ(At("l1", 3, 3).gradient[0], 0);
  EXPECT_EQ(At("l1", 0.0, -0.0).gradient[0], 0);
  EXPECT_EQ(At("l1", 3 + 1e-15, 3).gradient[0], 1);
}

TEST(Kinks, SmoothL1IsTheLineAtBeta) {
  EXPECT_EQ(At("smooth_l1", 1, 0).value, 0.5);
  EXPECT_EQ(At("smooth_l1", 1, 0).gradient[0], 1);
  EXPECT_EQ(At("smooth_l1", 0, 0).gradient[0], 0);
}

TEST(Kinks, SmoothL1OfTheSmallestBetaHasNoSlopeAtZero) {
  ProblemData data(*FindLoss("smooth_l1"), DataType::kFloat32, {2}, {5, 5}, {5, 4});
  data.problem.reduction = Reduction::kNone;
  data.Parameter("beta").number = std::numeric_limits<double>::min();
  EXPECT_EQ(Evaluate(data).gradient, (std::vector<double>{0, 1}));
}

TEST(Kinks, SaturatedLogitsCostTheirDistance) {
  for (const double x : {1e4, 1e30, 1e300}) {
    EXPECT_EQ(At("binary_cross_entropy", -x, 1).value, x);
    EXPECT_EQ(At("binary_cross_entropy", -x, 1).gradient[0], -1);
    EXPECT_EQ(At("binary_cross_entropy", x, 1).value, 0);
    EXPECT_EQ(At("binary_cross_entropy", x, 1).gradient[0], 0);
  }
}

TEST(Kinks, SaturatedFocalLossWithGammaBelowOneHasTheLimit) {
  for (const DataType type : {DataType::kFloat32, DataType::kFloat64}) {
    ProblemData data(*FindLoss("sigmoid_focal"), type, {4}, {1e4, -1e4, 1e4, -1e4}, {1, 1, 0, 0});
    data.problem.reduction = Reduction::kNone;
    data.Parameter("gamma").number = 0.5;
    data.Parameter("alpha").number = -1;
    EXPECT_EQ(Evaluate(data).gradient, (std::vector<double>{0, -1, 1, 0}));
  }
}

TEST(Kinks, LogitsOfTheSameSizeAreEqualHoweverLarge) {
  for (const char* loss : {"cross_entropy", "softmax_focal"}) {
    for (const double x : {-1e300, -1e20, 0.0, 1e20, 1e300}) {
      ProblemData data(*FindLoss(loss), DataType::kFloat64, {1, 4}, {x, x, x, x}, {0});
      data.SetTarget(DataType::kInt64, {1}, {2});
      data.Parameter(loss == std::string("softmax_focal") ? "gamma" : "label_smoothing").number = 0;
      const Point point = Evaluate(data);
      EXPECT_NEAR(point.value, std::log(4.0), 1e-15) << x;
      EXPECT_NEAR(point.gradient[2], -0.75, 1e-15) << x;
      EXPECT_NEAR(point.gradient[0], 0.25, 1e-15) << x;
    }
  }
}

TEST(Kinks, AMaskedLogitOfMinusInfinityTakesNoPart) {
  const double inf = std::numeric_limits<double>::infinity();
  ProblemData data(*FindLoss("cross_entropy"), DataType::kFloat64, {1, 3}, {1, -inf, 1}, {0});
  data.SetTarget(DataType::kInt64, {1}, {0});
  const Point point = Evaluate(data);
  EXPECT_NEAR(point.value, std::numbers::ln2, 1e-15);
  EXPECT_EQ(point.gradient[1], 0);
  EXPECT_NEAR(point.gradient[2], 0.5, 1e-15);
}

TEST(Kinks, ACertainLabelHasNoLossAndNoGradient) {
  ProblemData data(*FindLoss("softmax_focal"), DataType::kFloat64, {1, 2}, {1e4, 0}, {0});
  data.SetTarget(DataType::kInt64, {1}, {0});
  data.Parameter("gamma").number = 0.5;
  EXPECT_EQ(Evaluate(data).value, 0);
  EXPECT_EQ(Evaluate(data).gradient, (std::vector<double>{0, 0}));
}

// Each side of an identical box is a tie of max and min, which splits 0.5 to 0.5: half of the slope
// on either side. IoU falls by 1/4 per unit as the box grows, and by 1/4 as it shrinks.
TEST(Kinks, IdenticalBoxesSplitTheTie) {
  const Box box = {0, 0, 4, 4};
  EXPECT_EQ(At("iou", box, box).value, 0);
  EXPECT_EQ(At("iou", box, box).gradient, (Box{0, 0, 0, 0}));
  EXPECT_EQ(At("giou", box, box).gradient, (Box{0, 0, 0, 0}));
  EXPECT_EQ(At("diou", box, box).gradient, (Box{0, 0, 0, 0}));
  EXPECT_EQ(At("ciou", box, box).value, 0);
  EXPECT_EQ(At("ciou", box, box).gradient, (Box{0, 0, 0, 0}));
}

// x2 meets the target's: dI/dx2 is half of the height, dU/dx2 the height less that.
TEST(Kinks, OneTieSplitsItsSideAlone) {
  const Point point = At("iou", Box{1, 0, 4, 4}, Box{0, 0, 4, 4});
  EXPECT_EQ(point.value, 0.25);
  EXPECT_DOUBLE_EQ(point.gradient[2], -(2.0 / 16 - 12 * 2.0 / 256));
  EXPECT_DOUBLE_EQ(point.gradient[0], 4.0 / 16);
}

// The intersection's width is max(0, 0): half of its slope is left.
TEST(Kinks, TouchingBoxesPullAtHalfTheSlope) {
  const Point point = At("iou", Box{0, 0, 1, 1}, Box{1, 0, 2, 1});
  EXPECT_EQ(point.value, 1);
  EXPECT_DOUBLE_EQ(point.gradient[2], -0.25);
}

TEST(Kinks, BoxesApartHaveNoGradientOfIouButOneOfTheOthers) {
  const Box prediction = {0, 0, 1, 1}, target = {5, 0, 6, 1};
  EXPECT_EQ(At("iou", prediction, target).gradient, (Box{0, 0, 0, 0}));
  for (const char* loss : {"giou", "diou", "ciou"}) {
    EXPECT_LT(At(loss, prediction, target).gradient[2], 0) << loss;
  }
}

TEST(Kinks, TheLogarithmOfNoOverlapIsTheSmallestNormalNumber) {
  ProblemData data(*FindLoss("iou"), DataType::kFloat64, {4}, {0, 0, 1, 1}, {5, 5, 6, 6});
  data.Parameter("mode").number = 1;
  EXPECT_DOUBLE_EQ(Evaluate(data).value, -std::log(std::numeric_limits<double>::min()));
  EXPECT_EQ(Evaluate(data).gradient, (Box{0, 0, 0, 0}));
}

TEST(Kinks, AUnionOfZeroHasIouZero) {
  const Box point = {2, 3, 2, 3};
  for (const char* loss : {"iou", "giou", "diou", "ciou"}) {
    EXPECT_EQ(At(loss, point, point).value, 1) << loss;
    EXPECT_EQ(At(loss, point, point).gradient, (Box{0, 0, 0, 0})) << loss;
  }
}

TEST(Kinks, AnInvertedBoxHasNoArea) {
  EXPECT_EQ(At("iou", Box{1, 0, 0, 1}, Box{0, 0, 1, 1}).value, 1);
  EXPECT_EQ(At("iou", Box{1, 0, 0, 1}, Box{0, 0, 1, 1}).gradient, (Box{0, 0, 0, 0}));
}

// TORCHVISION multiplies what it is given: the area of the prediction is -1, the union 0.
TEST(Kinks, AnInvertedBoxIsTakenAsItIsByTorchvision) {
  ProblemData data(*FindLoss("giou"), DataType::kFloat64, {4}, {1, 0, 0, 1}, {0, 0, 1, 1});
  data.Parameter("convention").number = 1;
  // C is the width from min(1, 0) to max(0, 1), which is 1.
  EXPECT_DOUBLE_EQ(Evaluate(data).value, 1 + 1 / (1 + 1e-7));
}

// The derivative of atan(w / h) by h is -w / (w^2 + h^2), also at h = 0; max(h, 0) halves it.
TEST(Kinks, ABoxWithoutHeightHasAnAspect) {
  const Box prediction = {0, 0, 2, 0}, target = {0, 0, 2, 2};
  const Point ciou = At("ciou", prediction, target), diou = At("diou", prediction, target);
  const double angle = std::numbers::pi / 4 - std::numbers::pi / 2;
  const double factor = 4 / (std::numbers::pi * std::numbers::pi);
  const double v = factor * angle * angle, alpha = v / (1 + v);
  EXPECT_NEAR(ciou.value - diou.value, alpha * v, 1e-15);
  const double slope = alpha * factor * 2 * angle * 0.5;
  EXPECT_NEAR(ciou.gradient[3] - diou.gradient[3], slope * 0.5, 1e-15);
}

TEST(Kinks, OverlapDoesNotDependOnTheUnit) {
  for (const char* loss : {"iou", "giou", "diou", "ciou"}) {
    const Box prediction = {0, 0, 3, 2}, target = {1, 1, 4, 5};
    const Point unit = At(loss, prediction, target);
    for (const double scale : {0x1p-1000, 0x1p-500, 0x1p500, 0x1p1000}) {
      Box p = prediction, t = target;
      for (double& x : p) x *= scale;
      for (double& x : t) x *= scale;
      const Point point = At(loss, p, t);
      EXPECT_EQ(point.value, unit.value) << loss << scale;
      for (size_t k = 0; k < 4; ++k) EXPECT_EQ(point.gradient[k] * scale, unit.gradient[k]);
    }
  }
}

TEST(Kinks, ABoxThatIsNotFiniteHasNoLoss) {
  for (const double bad : {std::nan(""), HUGE_VAL}) {
    const Point point = At("giou", Box{0, 0, 1, 1}, Box{0, 0, bad, 1});
    EXPECT_TRUE(std::isnan(point.value));
    EXPECT_TRUE(std::isnan(point.gradient[0]));
  }
}

}  // namespace
}  // namespace detloss
