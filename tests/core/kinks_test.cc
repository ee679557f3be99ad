// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What the losses of elements and rows do where their formulas have a kink or a limit: one test for
// each rule.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "tests/core/point.h"
#include "tests/core/simd_target.h"

namespace detloss {
namespace {

class Kinks : public OnEveryTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, Kinks, testing::ValuesIn(RunnableTargets()), TargetName);

TEST_P(Kinks, TheSlopeOfL1AtZeroIsZero) {
  EXPECT_EQ(At("l1", 3, 3).gradient[0], 0);
  EXPECT_EQ(At("l1", 0.0, -0.0).gradient[0], 0);
  EXPECT_EQ(At("l1", 3 + 1e-15, 3).gradient[0], 1);
}

TEST_P(Kinks, SmoothL1IsTheLineAtBeta) {
  EXPECT_EQ(At("smooth_l1", 1, 0).value, 0.5);
  EXPECT_EQ(At("smooth_l1", 1, 0).gradient[0], 1);
  EXPECT_EQ(At("smooth_l1", 0, 0).gradient[0], 0);
}

TEST_P(Kinks, SmoothL1OfTheSmallestBetaHasNoSlopeAtZero) {
  ProblemData data(*FindLoss("smooth_l1"), DataType::kFloat32, {2}, {5, 5}, {5, 4});
  data.problem.reduction = Reduction::kNone;
  data.Parameter("beta").number = std::numeric_limits<double>::min();
  EXPECT_EQ(Evaluate(data).gradient, (std::vector<double>{0, 1}));
}

TEST_P(Kinks, SaturatedLogitsCostTheirDistance) {
  for (const double x : {1e4, 1e30, 1e300}) {
    EXPECT_EQ(At("binary_cross_entropy", -x, 1).value, x);
    EXPECT_EQ(At("binary_cross_entropy", -x, 1).gradient[0], -1);
    EXPECT_EQ(At("binary_cross_entropy", x, 1).value, 0);
    EXPECT_EQ(At("binary_cross_entropy", x, 1).gradient[0], 0);
  }
}

TEST_P(Kinks, SaturatedFocalLossWithGammaBelowOneHasTheLimit) {
  for (const DataType type : {DataType::kFloat32, DataType::kFloat64}) {
    ProblemData data(*FindLoss("sigmoid_focal"), type, {4}, {1e4, -1e4, 1e4, -1e4}, {1, 1, 0, 0});
    data.problem.reduction = Reduction::kNone;
    data.Parameter("gamma").number = 0.5;
    data.Parameter("alpha").number = -1;
    EXPECT_EQ(Evaluate(data).gradient, (std::vector<double>{0, -1, 1, 0}));
  }
}

TEST_P(Kinks, LogitsOfTheSameSizeAreEqualHoweverLarge) {
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

TEST_P(Kinks, AMaskedLogitOfMinusInfinityTakesNoPart) {
  const double inf = std::numeric_limits<double>::infinity();
  ProblemData data(*FindLoss("cross_entropy"), DataType::kFloat64, {1, 3}, {1, -inf, 1}, {0});
  data.SetTarget(DataType::kInt64, {1}, {0});
  const Point point = Evaluate(data);
  EXPECT_NEAR(point.value, std::numbers::ln2, 1e-15);
  EXPECT_EQ(point.gradient[1], 0);
  EXPECT_NEAR(point.gradient[2], 0.5, 1e-15);
}

TEST_P(Kinks, ACertainLabelHasNoLossAndNoGradient) {
  ProblemData data(*FindLoss("softmax_focal"), DataType::kFloat64, {1, 2}, {1e4, 0}, {0});
  data.SetTarget(DataType::kInt64, {1}, {0});
  data.Parameter("gamma").number = 0.5;
  EXPECT_EQ(Evaluate(data).value, 0);
  EXPECT_EQ(Evaluate(data).gradient, (std::vector<double>{0, 0}));
}

// log of 0 times 0: the part of a target that is not there.
TEST_P(Kinks, AnInfiniteLogitOnTheRightSideCostsNothing) {
  for (const char* loss : {"binary_cross_entropy", "sigmoid_focal"}) {
    EXPECT_EQ(At(loss, HUGE_VAL, 1).value, 0) << loss;
    EXPECT_EQ(At(loss, HUGE_VAL, 1).gradient[0], 0) << loss;
    EXPECT_EQ(At(loss, -HUGE_VAL, 0).value, 0) << loss;
    EXPECT_EQ(At(loss, -HUGE_VAL, 0).gradient[0], 0) << loss;
  }
}

// An alpha of 0 leaves no loss of a positive, however wrong its logit is.
TEST_P(Kinks, APartOfWeightZeroAddsNothing) {
  for (const double positive : {1.0, 0.0}) {
    const double wrong = positive == 1 ? -HUGE_VAL : HUGE_VAL;
    ProblemData data(*FindLoss("sigmoid_focal"), DataType::kFloat32, {}, {wrong}, {positive});
    data.problem.non_finite = NonFinitePolicy::kPropagate;
    data.Parameter("alpha").number = 1 - positive;
    EXPECT_EQ(Evaluate(data).value, 0);
    EXPECT_EQ(Evaluate(data).gradient[0], 0);
  }
}

// Of targets above 1 the base of the power is above 1.
TEST_P(Kinks, FocalLossOfTargetsAboveOneIsTheSameInBothTypes) {
  for (const double target : {1.5, 20.0, 255.0}) {
    for (const double gamma : {0.0, 2.0, 8.0, 16.0}) {
      ProblemData narrow(*FindLoss("sigmoid_focal"), DataType::kFloat32, {}, {-5}, {target});
      ProblemData wide(*FindLoss("sigmoid_focal"), DataType::kFloat64, {}, {-5}, {target});
      for (ProblemData* data : {&narrow, &wide}) {
        data->Parameter("gamma").number = gamma;
        data->Parameter("alpha").number = -1;
      }
      const Point ours = Evaluate(narrow), want = Evaluate(wide);
      if (std::abs(want.value) > 1e36 || std::abs(want.gradient[0]) > 1e36) continue;
      EXPECT_NEAR(ours.value / want.value, 1, 1e-4) << target << " " << gamma;
      EXPECT_NEAR(ours.gradient[0] / want.gradient[0], 1, 1e-4) << target << " " << gamma;
    }
  }
}

// Of a row that is certain of its label nothing is left, whatever multiplies it.
TEST_P(Kinks, ACertainRowHasNoGradientAtAnyScale) {
  ProblemData data(*FindLoss("cross_entropy"), DataType::kFloat64, {1, 2}, {0, -1000}, {0});
  data.SetTarget(DataType::kInt64, {1}, {0});
  data.SetWeight(DataType::kFloat64, {1}, {1e200});
  data.problem.scale = 1e200;
  data.problem.reduction = Reduction::kSum;
  EXPECT_EQ(Evaluate(data).gradient, (std::vector<double>{0, 0}));
}

TEST_P(Kinks, AGradientBeyondTheTypeIsInfinite) {
  ProblemData data(*FindLoss("cross_entropy"), DataType::kFloat32, {1, 2}, {0, 100}, {0.5, 0.5});
  data.SetWeight(DataType::kFloat32, {1}, {3e38});
  data.problem.scale = 10;
  data.problem.reduction = Reduction::kSum;
  EXPECT_EQ(Evaluate(data).gradient, (std::vector<double>{-HUGE_VAL, HUGE_VAL}));
}

// Both parts of alpha keep their digits, however small it is.
TEST_P(Kinks, ASmallAlphaIsNotLost) {
  for (const DataType type : {DataType::kFloat32, DataType::kFloat64}) {
    const double accuracy = type == DataType::kFloat32 ? 1e-6 : 1e-14;
    ProblemData data(*FindLoss("sigmoid_focal"), type, {}, {-1}, {1});
    data.Parameter("alpha").number = 1;
    const Point whole = Evaluate(data);
    for (const double alpha : {0.3, 1e-4, 1e-8, 1e-30}) {
      data.Parameter("alpha").number = alpha;
      const Point part = Evaluate(data);
      EXPECT_NEAR(part.value / alpha / whole.value, 1, accuracy) << alpha;
      EXPECT_NEAR(part.gradient[0] / alpha / whole.gradient[0], 1, accuracy) << alpha;
    }
  }
}

// p - 1 without a difference, where p rounds to 1, for a label and for a distribution that is one.
TEST_P(Kinks, ANearlyCertainRowKeepsItsDigits) {
  for (const DataType type : {DataType::kFloat32, DataType::kFloat64}) {
    for (const bool by_index : {false, true}) {
      for (const double x : {15.0, 30.0, 40.0, 80.0}) {
        ProblemData data(*FindLoss("cross_entropy"), type, {1, 2}, {x, 0}, {1, 0});
        if (by_index) data.SetTarget(DataType::kInt64, {1}, {0});
        const Point point = Evaluate(data);
        const double want = std::log1p(std::exp(-x)), p = std::exp(-x) / (1 + std::exp(-x));
        EXPECT_NEAR(point.value / want, 1, 1e-6) << x;
        EXPECT_NEAR(point.gradient[0] / -p, 1, 1e-6) << x;
        EXPECT_NEAR(point.gradient[1] / p, 1, 1e-6) << x;
      }
    }
  }
}

TEST_P(Kinks, WhereTheLabelVanishesFocalLossIsItsDistance) {
  for (const double gamma : {0.5, 2.0}) {
    ProblemData data(*FindLoss("softmax_focal"), DataType::kFloat64, {1, 2}, {0, 1e4}, {0});
    data.SetTarget(DataType::kInt64, {1}, {0});
    data.Parameter("gamma").number = gamma;
    EXPECT_EQ(Evaluate(data).value, 1e4);
    EXPECT_EQ(Evaluate(data).gradient, (std::vector<double>{-1, 1}));
  }
}

TEST_P(Kinks, DistributionsNeedNotAddUpToOne) {
  ProblemData data(*FindLoss("cross_entropy"), DataType::kFloat64, {1, 2}, {0, 0}, {0.5, 1.5});
  const Point point = Evaluate(data);
  EXPECT_NEAR(point.value, 2 * std::numbers::ln2, 1e-15);
  EXPECT_NEAR(point.gradient[0], 0.5 * 2 - 0.5, 1e-15);
  EXPECT_NEAR(point.gradient[1], 0.5 * 2 - 1.5, 1e-15);
}

// The logarithm of a negative number has no value, and none is made up.
TEST_P(Kinks, AProbabilityOutsideItsRangeIsNotANumberForFocalLoss) {
  EXPECT_TRUE(std::isnan(At("sigmoid_focal", 3, 2).value));
  EXPECT_TRUE(std::isnan(At("sigmoid_focal", -3, -0.5).gradient[0]));
}

TEST_P(Kinks, AValueBeyondTheTypeIsInfinite) {
  EXPECT_EQ(At("l2", 1e20, 0, DataType::kFloat32).value, HUGE_VAL);
  EXPECT_EQ(At("l2", 1e20, 0, DataType::kFloat32).gradient[0], 2e20f);
  EXPECT_EQ(At("l1", 3e38, -3e38, DataType::kFloat32).value, HUGE_VAL);
}

}  // namespace
}  // namespace detloss
