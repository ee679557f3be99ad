// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What all losses share, against the reference: weights, segments, denominators, ranks, emptiness.

#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "tests/core/compare.h"
#include "tests/core/problem_data.h"

namespace detloss {
namespace {

int64_t WidthOf(const LossInfo& loss) { return loss.family == Family::kBox ? 4 : 5; }

ProblemData Small(const LossInfo& loss, Shape shape, TargetKind target) {
  return {loss, {.shape = std::move(shape), .type = DataType::kFloat64, .target = target}};
}

std::vector<double> Ramp(int64_t count) {
  std::vector<double> numbers;
  for (int64_t i = 0; i < count; ++i) numbers.push_back(static_cast<double>(i % 7) * 0.25);
  return numbers;
}

TEST(Semantics, WeightsBroadcastFromTheLastAxis) {
  for (const LossInfo& loss : AllLosses()) {
    ProblemData data = Small(loss, {2, 3, WidthOf(loss)}, DefaultTarget(loss));
    const bool rows = loss.family == Family::kBox || loss.family == Family::kSoftmax;
    const std::vector<Shape> shapes =
        rows ? std::vector<Shape>{{}, {1}, {3}, {2, 1}, {1, 3}, {2, 3}}
             : std::vector<Shape>{{}, {1}, {5}, {3, 1}, {2, 1, 1}, {2, 1, 5}, {1, 3, 1}, {2, 3, 5}};
    for (const Shape& shape : shapes) {
      for (const DataType type : {DataType::kFloat64, DataType::kFloat32, DataType::kUint8}) {
        SCOPED_TRACE(absl::StrCat(loss.name, " weight ", ToString(shape), " ", Name(type)));
        data.SetWeight(type, shape, Ramp(*ElementCount(shape)));
        ExpectMatchesReference(data.problem);
      }
    }
  }
}

TEST(Semantics, AWeightOfZeroExcludesWhateverThePredictionIs) {
  for (const LossInfo& loss : AllLosses()) {
    SCOPED_TRACE(loss.name);
    for (const double bad : {std::nan(""), HUGE_VAL, 1e300}) {
      const int64_t width = WidthOf(loss);
      ProblemData data = Small(loss, {1, width}, DefaultTarget(loss));
      const std::vector<double> prediction(static_cast<size_t>(width), bad);
      data.problem.prediction = TensorView::Of(DataType::kFloat64, {1, width}, prediction.data());
      data.SetWeight(DataType::kFloat64, {1}, {0});
      const absl::StatusOr<LossResult> result = ComputeLoss(data.problem);
      ASSERT_TRUE(result.ok()) << result.status();
      EXPECT_EQ(result->summary.loss_sum, 0);
      for (const double g : GradientOf(*result, DataType::kFloat64)) EXPECT_EQ(g, 0);
    }
  }
}

TEST(Semantics, SegmentsHaveTheirOwnLossesAndDenominators) {
  for (const LossInfo& loss : AllLosses()) {
    for (const Reduction reduction : {Reduction::kMean, Reduction::kSum}) {
      for (const bool normalized : {false, true}) {
        SCOPED_TRACE(absl::StrCat(loss.name, " ", static_cast<int>(reduction), normalized));
        if (normalized && reduction == Reduction::kSum) continue;
        ProblemData data = Small(loss, {7, WidthOf(loss)}, DefaultTarget(loss));
        data.problem.reduction = reduction;
        data.problem.segment_offsets = {0, 2, 2, 3, 7};
        data.problem.scale = -1.5;
        if (normalized) data.problem.normalizer = 3;
        ExpectMatchesReference(data.problem);
      }
    }
  }
}

TEST(Semantics, IgnoredRowsCountForNothing) {
  for (const LossInfo& loss : AllLosses()) {
    if (!HasParameter(loss, "ignore_index")) continue;
    for (const Reduction reduction : {Reduction::kNone, Reduction::kMean, Reduction::kSum}) {
      SCOPED_TRACE(loss.name);
      ProblemData data = Small(loss, {6, 5}, TargetKind::kInt64Index);
      data.SetTarget(DataType::kInt32, {6}, {0, 255, 4, 255, 2, 1});
      data.Parameter("ignore_index").integer = 255;
      data.problem.reduction = reduction;
      data.problem.statistics = true;
      if (reduction != Reduction::kNone) data.problem.segment_offsets = {0, 1, 2, 6};
      ExpectMatchesReference(data.problem);
      ExpectStatisticsMatch(data.problem);
    }
  }
}

TEST(Semantics, NothingToDivideByGivesZero) {
  for (const LossInfo& loss : AllLosses()) {
    if (!HasParameter(loss, "ignore_index")) continue;
    SCOPED_TRACE(loss.name);
    ProblemData data = Small(loss, {2, 5}, TargetKind::kInt64Index);
    data.SetTarget(DataType::kInt64, {2}, {3, 3});
    data.Parameter("ignore_index").integer = 3;
    const std::optional<LossResult> result = ExpectMatchesReference(data.problem);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->summary.denominator, 0);
    EXPECT_EQ(result->loss[0], 0);
  }
}

TEST(Semantics, ClassWeightsOfTheTargetsAreTheDenominator) {
  for (const LossInfo& loss : AllLosses()) {
    if (!HasParameter(loss, "class_weights")) continue;
    SCOPED_TRACE(loss.name);
    ProblemData data = Small(loss, {4, 3}, TargetKind::kInt64Index);
    data.SetTarget(DataType::kInt64, {4}, {0, 2, 2, 1});
    data.Parameter("class_weights").numbers = {0.5, 8, 2};
    data.Parameter("ignore_index").integer = 1;
    const std::optional<LossResult> result = ExpectMatchesReference(data.problem);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->summary.denominator, 0.5 + 2 + 2);
    data.SetTarget(DataType::kInt64, {4}, {1, 1, 1, 1});
    ExpectMatchesReference(data.problem);
  }
}

TEST(Semantics, ClassWeightsOfZeroLeaveNothingToDivideBy) {
  for (const LossInfo& loss : AllLosses()) {
    if (!HasParameter(loss, "class_weights")) continue;
    ProblemData data = Small(loss, {2, 3}, TargetKind::kInt64Index);
    data.SetTarget(DataType::kInt64, {2}, {0, 0});
    data.Parameter("class_weights").numbers = {0, 1, 1};
    const std::optional<LossResult> result = ExpectMatchesReference(data.problem);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->summary.denominator, 0);
    EXPECT_EQ(result->loss[0], 0);
    for (const double g : GradientOf(*result, DataType::kFloat64)) EXPECT_EQ(g, 0);
  }
}

// A mean over rows of one class does not depend on its weight, however large that is.
TEST(Semantics, AClassWeightBeyondTheTypeCancelsInTheMean) {
  ProblemData data(*FindLoss("cross_entropy"), DataType::kFloat32, {1, 2}, {0, 0}, {0, 0});
  data.SetTarget(DataType::kInt64, {1}, {0});
  for (const double weight : {1e-300, 1.0, 1e40, 1e300}) {
    data.Parameter("class_weights").numbers = {weight, 1};
    const absl::StatusOr<LossResult> result = ComputeLoss(data.problem);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_NEAR(result->loss[0], std::log(2.0), 1e-7) << weight;
    EXPECT_NEAR(GradientOf(*result, DataType::kFloat32)[0], -0.5, 1e-6) << weight;
  }
}

TEST(Semantics, WithDistributionsMeanDividesByRows) {
  ProblemData data = Small(*FindLoss("cross_entropy"), {4, 3}, TargetKind::kDense);
  data.Parameter("class_weights").numbers = {0.5, 8, 2};
  const std::optional<LossResult> result = ExpectMatchesReference(data.problem);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->summary.denominator, 4);
}

// The scale is beyond the type of the computation; value and gradient times it are not.
TEST(Semantics, AScaleOfAnySizeMultipliesValueAndGradientAlike) {
  struct Case {
    double difference, scale;
  };
  for (const Case& c : {Case{1e18, 1e-42}, Case{1e-5, 1e40}, Case{1e-15, 1e44}, Case{1, 3}}) {
    for (const Reduction reduction : {Reduction::kNone, Reduction::kMean, Reduction::kSum}) {
      SCOPED_TRACE(absl::StrCat(c.difference, " x ", c.scale, " ", static_cast<int>(reduction)));
      ProblemData data(*FindLoss("l2"), DataType::kFloat32, {1}, {c.difference}, {0});
      data.problem.reduction = reduction;
      data.problem.scale = c.scale;
      const absl::StatusOr<LossResult> result = ComputeLoss(data.problem);
      ASSERT_TRUE(result.ok()) << result.status();
      EXPECT_NEAR(result->loss[0] / (c.difference * c.difference * c.scale), 1, 1e-6);
      const double gradient = GradientOf(*result, DataType::kFloat32)[0];
      EXPECT_NEAR(gradient / (2 * c.difference * c.scale), 1, 1e-6);
    }
  }
}

TEST(Semantics, BackgroundIsNoClassOfSigmoidLosses) {
  for (const LossInfo& loss : AllLosses()) {
    if (loss.family != Family::kSigmoid) continue;
    SCOPED_TRACE(loss.name);
    ProblemData data = Small(loss, {3, 2}, TargetKind::kInt64Index);
    data.SetTarget(DataType::kInt64, {3}, {-1, 2, 1});
    const std::optional<LossResult> indexed = ExpectMatchesReference(data.problem);
    data.SetTarget(DataType::kUint8, {3, 2}, {0, 0, 0, 0, 0, 1});
    const std::optional<LossResult> dense = ExpectMatchesReference(data.problem);
    ASSERT_TRUE(indexed && dense);
    EXPECT_EQ(indexed->summary.loss_sum, dense->summary.loss_sum);
    EXPECT_EQ(indexed->gradient, dense->gradient);
  }
}

TEST(Semantics, EveryRankAndEmptiness) {
  for (const LossInfo& loss : AllLosses()) {
    const int64_t width = WidthOf(loss);
    std::vector<Shape> shapes = {{width}, {1, width}, {0, width}, {2, 0, width}, {2, 1, 3, width}};
    const bool pointwise = loss.family == Family::kRegression || loss.family == Family::kSigmoid;
    if (pointwise) shapes.insert(shapes.end(), {{}, {0}, {3, 0}, {0, 0}});
    for (const Shape& shape : shapes) {
      for (const TargetKind kind : TargetKinds(loss)) {
        if (shape.empty() && kind != TargetKind::kDense && kind != TargetKind::kUint8) continue;
        // An index has no class to name where there is none.
        if (!shape.empty() && shape.back() == 0 && kind != TargetKind::kDense) continue;
        for (const Reduction reduction : {Reduction::kNone, Reduction::kMean, Reduction::kSum}) {
          SCOPED_TRACE(absl::StrCat(loss.name, " ", ToString(shape), static_cast<int>(kind)));
          ProblemData data = Small(loss, shape, kind);
          data.problem.reduction = reduction;
          ExpectMatchesReference(data.problem);
        }
      }
    }
  }
}

TEST(Semantics, RowsWithoutClassesHaveNoLossWhateverTheirLabelsCount) {
  for (const char* loss : {"sigmoid_focal", "binary_cross_entropy"}) {
    ProblemData data(*FindLoss(loss), DataType::kFloat32, {5, 0}, {}, {});
    data.SetTarget(DataType::kInt64, {5}, {0, 1, 255, 3, 4});
    data.Parameter("ignore_index") = IntegerOf(255);
    const absl::StatusOr<LossResult> result = ComputeLoss(data.problem);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->summary.total_loss, 0) << loss;
  }
}

TEST(Semantics, WithoutGradientTheLossIsTheSame) {
  for (const LossInfo& loss : AllLosses()) {
    for (const DataType type : {DataType::kFloat64, DataType::kBfloat16}) {
      SCOPED_TRACE(loss.name);
      ProblemData data(loss,
                       {.shape = {40, WidthOf(loss)}, .type = type, .target = DefaultTarget(loss)});
      const absl::StatusOr<LossResult> with = ComputeLoss(data.problem);
      data.problem.gradient = false;
      const std::optional<LossResult> without = ExpectMatchesReference(data.problem);
      ASSERT_TRUE(with.ok() && without);
      EXPECT_EQ(without->summary.loss_sum, with->summary.loss_sum);
    }
  }
}

}  // namespace
}  // namespace detloss
