// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What box losses do at ties, without overlap, without area, and at any size: one test for each
// rule.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "tests/core/point.h"
#include "tests/core/simd_target.h"

namespace detloss {
namespace {

class BoxKinks : public OnEveryTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, BoxKinks, testing::ValuesIn(RunnableTargets()), TargetName);

constexpr const char* kBoxLosses[] = {"iou", "giou", "diou", "ciou"};

// Each side of an identical box is a tie of max and min, which splits 0.5 to 0.5: half of the slope
// on either side. IoU falls by 1/4 per unit as the box grows, and by 1/4 as it shrinks.
TEST_P(BoxKinks, IdenticalBoxesSplitTheTie) {
  for (const DataType type : {DataType::kFloat32, DataType::kFloat64}) {
    for (const Box& box :
         {Box{0, 0, 4, 4}, Box{0.1, 0.3, 0.7, 1.9}, Box{-3.3, 12.7, 100.1, 13.01}}) {
      for (const char* loss : kBoxLosses) {
        EXPECT_EQ(At(loss, box, box, type).value, 0) << loss;
        EXPECT_EQ(At(loss, box, box, type).gradient, (Box{0, 0, 0, 0})) << loss;
      }
    }
  }
}

// x2 meets the target's: dI/dx2 is half of the height, dU/dx2 the height less that.
TEST_P(BoxKinks, OneTieSplitsItsSideAlone) {
  const Point point = At("iou", Box{1, 0, 4, 4}, Box{0, 0, 4, 4});
  EXPECT_EQ(point.value, 0.25);
  EXPECT_DOUBLE_EQ(point.gradient[2], -(2.0 / 16 - 12 * 2.0 / 256));
  EXPECT_DOUBLE_EQ(point.gradient[0], 4.0 / 16);
}

// The intersection's width is max(0, 0): half of its slope is left.
TEST_P(BoxKinks, TouchingBoxesPullAtHalfTheSlope) {
  const Point point = At("iou", Box{0, 0, 1, 1}, Box{1, 0, 2, 1});
  EXPECT_EQ(point.value, 1);
  EXPECT_DOUBLE_EQ(point.gradient[2], -0.25);
}

TEST_P(BoxKinks, BoxesApartHaveNoGradientOfIouButOneOfTheOthers) {
  const Box prediction = {0, 0, 1, 1}, target = {5, 0, 6, 1};
  EXPECT_EQ(At("iou", prediction, target).gradient, (Box{0, 0, 0, 0}));
  for (const char* loss : {"giou", "diou", "ciou"}) {
    EXPECT_LT(At(loss, prediction, target).gradient[2], 0) << loss;
  }
}

TEST_P(BoxKinks, TheLogarithmOfNoOverlapIsTheSmallestNormalNumber) {
  ProblemData data(*FindLoss("iou"), DataType::kFloat64, {4}, {0, 0, 1, 1}, {5, 5, 6, 6});
  data.Parameter("mode").number = 1;
  EXPECT_DOUBLE_EQ(Evaluate(data).value, -std::log(std::numeric_limits<double>::min()));
  EXPECT_EQ(Evaluate(data).gradient, (Box{0, 0, 0, 0}));
  ProblemData narrow = BoxPair("iou", {0, 0, 1, 1}, {5, 5, 6, 6}, DataType::kFloat32);
  narrow.Parameter("mode").number = 1;
  EXPECT_NEAR(Evaluate(narrow).value, 87.3365, 1e-4);
}

TEST_P(BoxKinks, AUnionOfZeroHasIouZero) {
  const Box point = {2, 3, 2, 3};
  for (const char* loss : kBoxLosses) {
    EXPECT_EQ(At(loss, point, point).value, 1) << loss;
    EXPECT_EQ(At(loss, point, point).gradient, (Box{0, 0, 0, 0})) << loss;
  }
}

// Sides of no length in areas, in the enclosing box and in the aspect; centers as they are given.
TEST_P(BoxKinks, AnInvertedBoxHasNoArea) {
  const Box inverted = {1, 0, 0, 1}, target = {0, 0, 1, 1};
  EXPECT_EQ(At("iou", inverted, target).value, 1);
  EXPECT_EQ(At("iou", inverted, target).gradient, (Box{0, 0, 0, 0}));
  EXPECT_EQ(At("giou", inverted, target).value, 1);
  EXPECT_EQ(At("diou", inverted, target).value, 1);
  const double angle = std::numbers::pi / 4;
  const double v = 4 / (std::numbers::pi * std::numbers::pi) * angle * angle;
  EXPECT_NEAR(At("ciou", inverted, target).value, 1 + v / (1 + v) * v, 1e-15);
}

TEST_P(BoxKinks, AnEnclosingBoxWithoutAreaAddsNothing) {
  const Box prediction = {0, 0, 1, 0}, target = {2, 0, 3, 0};
  EXPECT_EQ(At("giou", prediction, target).value, 1);
  EXPECT_EQ(At("giou", prediction, target).gradient, (Box{0, 0, 0, 0}));
}

// 1e8 + 1 is no binary32 number: the box has no width. In the other format its half is lost too.
TEST_P(BoxKinks, CornersOfWidthAndHeightAreRounded) {
  for (const double format : {1.0, 2.0}) {
    ProblemData data = BoxPair("iou", {1e8, 0, 1, 1}, {1e8, 0, 1, 1}, DataType::kFloat32);
    data.Parameter("format").number = format;
    EXPECT_EQ(Evaluate(data).value, 1);
    data = BoxPair("iou", {1e8, 0, 1, 1}, {1e8, 0, 1, 1}, DataType::kFloat64);
    data.Parameter("format").number = format;
    EXPECT_EQ(Evaluate(data).value, 0);
  }
}

// TORCHVISION multiplies what it is given: the area of the prediction is -1, the union 0.
TEST_P(BoxKinks, AnInvertedBoxIsTakenAsItIsByTorchvision) {
  ProblemData data(*FindLoss("giou"), DataType::kFloat64, {4}, {1, 0, 0, 1}, {0, 0, 1, 1});
  data.Parameter("convention").number = 1;
  // C is the width from min(1, 0) to max(0, 1), which is 1.
  EXPECT_DOUBLE_EQ(Evaluate(data).value, 1 + 1 / (1 + 1e-7));
}

// The derivative of atan(w / h) by h is -w / (w^2 + h^2), also at h = 0; max(h, 0) halves it.
TEST_P(BoxKinks, ABoxWithoutHeightHasAnAspect) {
  const Box prediction = {0, 0, 2, 0}, target = {0, 0, 2, 2};
  const Point ciou = At("ciou", prediction, target), diou = At("diou", prediction, target);
  const double angle = std::numbers::pi / 4 - std::numbers::pi / 2;
  const double factor = 4 / (std::numbers::pi * std::numbers::pi);
  const double v = factor * angle * angle, alpha = v / (1 + v);
  EXPECT_NEAR(ciou.value - diou.value, alpha * v, 1e-15);
  const double slope = alpha * factor * 2 * angle * 0.5;
  EXPECT_NEAR(ciou.gradient[3] - diou.gradient[3], slope * 0.5, 1e-15);
}

TEST_P(BoxKinks, OverlapDoesNotDependOnTheUnit) {
  for (const char* loss : kBoxLosses) {
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

TEST_P(BoxKinks, ABoxThatIsNotFiniteHasNoLoss) {
  for (const double bad : {std::nan(""), HUGE_VAL}) {
    const Point point = At("giou", Box{0, 0, 1, 1}, Box{0, 0, bad, 1});
    EXPECT_TRUE(std::isnan(point.value));
    EXPECT_TRUE(std::isnan(point.gradient[0]));
  }
}

// The intersection is masked, not clamped: where it vanishes so does its slope.
TEST_P(BoxKinks, TouchingBoxesOfTorchvisionDoNotPull) {
  ProblemData data = BoxPair("iou", {0, 0, 1, 1}, {1, 0, 2, 1});
  data.Parameter("convention").number = 1;
  EXPECT_EQ(Evaluate(data).value, 1);
  EXPECT_EQ(Evaluate(data).gradient, (Box{0, 0, 0, 0}));
}

TEST_P(BoxKinks, AreasOfTorchvisionMayOverflow) {
  ProblemData data = BoxPair("iou", {0, 0, 1e30, 1e30}, {0, 0, 1e30, 1e30}, DataType::kFloat32);
  EXPECT_EQ(Evaluate(data).value, 0);
  data.Parameter("convention").number = 1;
  EXPECT_TRUE(std::isnan(Evaluate(data).value));
}

// Areas below the normal numbers, which have few digits, beside lengths of 1.
TEST_P(BoxKinks, ABoxOfAlmostNoAreaHasAFiniteGradient) {
  for (const DataType type : {DataType::kFloat32, DataType::kFloat64}) {
    const double size = type == DataType::kFloat32 ? 1e-20 : 1e-158;
    const Box tiny = {0, 0, size, size}, thin = {0, 0, 1, size * size}, target = {1, 1, 1, 1};
    for (const char* loss : kBoxLosses) {
      for (const double g : At(loss, thin, thin, type).gradient) EXPECT_NEAR(g, 0, 1e-4) << loss;
      for (const double g : At(loss, tiny, target, type).gradient) {
        EXPECT_TRUE(std::isfinite(g)) << loss;
      }
    }
    EXPECT_EQ(At("iou", tiny, target, type).gradient, (Box{0, 0, 0, 0}));
    EXPECT_NEAR(At("diou", tiny, target, type).gradient[0], 0.5, 1e-6);
  }
}

TEST_P(BoxKinks, ASmallWeightComesBeforeALargeScale) {
  ProblemData data =
      BoxPair("giou", {0, 0, 0.01, 0.01}, {0.001, 0, 0.012, 0.01}, DataType::kFloat32);
  const Point plain = Evaluate(data);
  data.SetWeight(DataType::kFloat32, {}, {1e-30});
  data.problem.scale = 1e38;
  EXPECT_NEAR(Evaluate(data).gradient[0] / plain.gradient[0] / 1e8, 1, 1e-5);
}

// Flat boxes far from the origin, whose sides are a thousandth of a trillionth of where they are.
TEST_P(BoxKinks, DistanceCountsAlongTheSmallerAxis) {
  const Box prediction = {0, 3e38, 1e-38, 3e38}, target = {1e-38, 3e38, 2e-38, 3e38};
  EXPECT_NEAR(At("diou", prediction, target, DataType::kFloat32).value, 1.25, 1e-6);
}

// log(I / U) has slopes where I / U itself has none left.
TEST_P(BoxKinks, TheLogarithmOfLittleOverlapHasItsSlope) {
  const double far = 0x1p30, little = 0x1p-32;
  ProblemData data =
      BoxPair("iou", {-far, -far, little, little}, {0, 0, far, far}, DataType::kFloat32);
  data.Parameter("mode").number = 1;  // LOG
  EXPECT_NEAR(Evaluate(data).gradient[0] / -0x1p-31, 1, 1e-5);
}

}  // namespace
}  // namespace detloss
