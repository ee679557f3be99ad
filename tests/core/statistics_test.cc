// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Statistics: which samples carry the loss.

#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "tests/core/compare.h"
#include "tests/core/problem_data.h"

namespace detloss {
namespace {

TEST(Statistics, MatchTheReferenceForEveryTypeAndThreshold) {
  for (const LossInfo& loss : AllLosses()) {
    for (const DataType type : {DataType::kFloat32, DataType::kFloat64, DataType::kFloat16}) {
      for (const double threshold : {0.125, 0.5, 0.75}) {
        SCOPED_TRACE(absl::StrCat(loss.name, " ", Name(type), " ", threshold));
        ProblemData data(loss, {.shape = ShapeOf(loss, 4400, 8),
                                .type = type,
                                .target = DefaultTarget(loss),
                                .target_type = type,
                                .weighted = true});
        data.problem.statistics = true;
        data.problem.easy_threshold = threshold;
        data.problem.gradient = threshold != 0.5;
        ExpectStatisticsMatch(data.problem);
      }
    }
  }
}

Statistics StatisticsOf(ProblemData& data) {
  data.problem.statistics = true;
  const absl::StatusOr<LossResult> result = ComputeLoss(data.problem);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? result->summary.statistics : Statistics();
}

TEST(Statistics, OfSigmoidTellEasyFromHardAtTheThreshold) {
  ProblemData data(*FindLoss("sigmoid_focal"), DataType::kFloat64, {6}, {0, 0, 3, -3, 3, -3},
                   {1, 0, 1, 1, 0, 0});
  const Statistics statistics = StatisticsOf(data);
  // A probability of exactly the threshold is easy for a positive and hard for a negative.
  EXPECT_EQ(statistics.easy_positive.count, 2);
  EXPECT_EQ(statistics.hard_positive.count, 1);
  EXPECT_EQ(statistics.hard_negative.count, 2);
  EXPECT_EQ(statistics.easy_negative.count, 1);
  EXPECT_GT(statistics.hard_positive.loss_sum, statistics.easy_positive.loss_sum);
}

TEST(Statistics, OfSoftmaxGiveTheLossToTheLabel) {
  ProblemData data(*FindLoss("cross_entropy"), DataType::kFloat64, {2, 2}, {0, 0, 0, 4}, {0});
  data.SetTarget(DataType::kInt64, {2}, {0, 0});
  const Statistics statistics = StatisticsOf(data);
  EXPECT_EQ(statistics.easy_positive.count, 1);
  EXPECT_EQ(statistics.hard_positive.count, 1);
  EXPECT_EQ(statistics.hard_negative.count, 2);
  EXPECT_EQ(statistics.easy_negative.count, 0);
  EXPECT_NEAR(statistics.easy_positive.loss_sum, std::log(2.0), 1e-15);
  EXPECT_EQ(statistics.hard_negative.loss_sum, 0);
}

TEST(Statistics, OfBoxesCountEachPairOnceByItsWorstBox) {
  for (const LossInfo& loss : AllLosses()) {
    if (loss.family != Family::kBox) continue;
    SCOPED_TRACE(loss.name);
    ProblemData data(loss, DataType::kFloat64, {5, 4},
                     {0, 0, 1, 1,   // as its target
                      0, 0, 0, 1,   // without width
                      1, 0, 0, 0,   // inverted in x, without height
                      0, 0, 1, 1,   // touching
                      0, 0, 2, 1},  // half
                     {0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 2, 1, 0, 0, 1, 1});
    const Statistics statistics = StatisticsOf(data);
    EXPECT_EQ(statistics.element_count, 5);
    EXPECT_EQ(statistics.degenerate_count, 1);
    EXPECT_EQ(statistics.inverted_count, 1);
    EXPECT_EQ(statistics.non_overlapping_count, 3);
    EXPECT_DOUBLE_EQ(statistics.mean_iou, (1 + 0.5) / 5);
    ExpectStatisticsMatch(data.problem);
  }
}

TEST(Statistics, OfBoxesOfAnySize) {
  for (const double size : {1e-200, 1e-160, 1e-30, 1e30, 1e160, 1e300}) {
    SCOPED_TRACE(size);
    ProblemData data(*FindLoss("giou"), DataType::kFloat64, {2, 4},
                     {0, 0, size, size, 0, 0, size, size},
                     {0, 0, size, size, 0, 0, size / 2, size});
    const Statistics statistics = StatisticsOf(data);
    EXPECT_EQ(statistics.non_overlapping_count, 0);
    EXPECT_DOUBLE_EQ(statistics.mean_iou, 0.75);
  }
}

TEST(Statistics, OfBoxesWithAxesOfDifferentSize) {
  for (const DataType type : {DataType::kFloat32, DataType::kFloat64}) {
    const double tiny = type == DataType::kFloat32 ? 0x1p-149 : 0x1p-1074;
    const double huge = type == DataType::kFloat32 ? 0x1p100 : 0x1p1000;
    for (const double format : {0., 1., 2.}) {
      SCOPED_TRACE(absl::StrCat(Name(type), " format ", format));
      const std::vector<double> box = {0, 0, 2 * tiny, huge};
      ProblemData data(*FindLoss("giou"), type, {1, 4}, box, box);
      data.Parameter("format") = NumberOf(format);
      const Statistics statistics = StatisticsOf(data);
      EXPECT_EQ(statistics.degenerate_count, 0);
      EXPECT_EQ(statistics.non_overlapping_count, 0);
      EXPECT_EQ(statistics.mean_iou, 1);
    }
  }
}

// Whatever the parameters make of the target, the four groups share the whole loss.
void ExpectGroupsAddUp(ProblemData& data) {
  const Statistics statistics = StatisticsOf(data);
  const double sum = statistics.easy_positive.loss_sum + statistics.hard_positive.loss_sum +
                     statistics.easy_negative.loss_sum + statistics.hard_negative.loss_sum;
  const double loss_sum = ComputeLoss(data.problem)->summary.loss_sum;
  EXPECT_GT(loss_sum, 0);
  EXPECT_NEAR(sum / loss_sum, 1, 1e-12);
}

TEST(Statistics, GroupsOfAClassificationLossAddUpToIt) {
  for (const LossInfo& loss : AllLosses()) {
    const bool softmax = loss.family == Family::kSoftmax;
    if (!softmax && loss.family != Family::kSigmoid) continue;
    for (const TargetKind kind : TargetKinds(loss)) {
      for (const ParameterSpec& spec : loss.parameters) {
        SCOPED_TRACE(absl::StrCat(loss.name, " ", spec.name, " ", static_cast<int>(kind)));
        ProblemData data(loss, {.shape = {40, 3}, .target = kind, .weighted = true});
        data.problem.scale = 2.5;
        if (spec.kind == ParameterKind::kNumber) data.Parameter(spec.name).number = 0.3;
        if (spec.kind == ParameterKind::kNumbers) data.Parameter(spec.name).numbers = {0, 2, 0.5};
        ExpectGroupsAddUp(data);
        ExpectStatisticsMatch(data.problem);
      }
    }
  }
}

// All of the loss of a row that is certain is that of the classes that smoothing gives a part.
TEST(Statistics, OfSoftmaxGiveSmoothedLossToItsClasses) {
  ProblemData data(*FindLoss("cross_entropy"), DataType::kFloat64, {1, 2}, {60, 0}, {0, 0});
  data.SetTarget(DataType::kInt64, {1}, {0});
  data.Parameter("label_smoothing").number = 0.1;
  const Statistics statistics = StatisticsOf(data);
  EXPECT_NEAR(statistics.easy_negative.loss_sum, 0.05 * 60, 1e-12);
  EXPECT_NEAR(statistics.easy_positive.loss_sum, 0, 1e-12);
}

TEST(Statistics, LeaveOutWhatHasNoWeight) {
  ProblemData data(*FindLoss("giou"), DataType::kFloat64, {2, 4}, {0, 0, 1, 1, 0, 0, 0, 0},
                   {0, 0, 1, 1, 0, 0, 0, 0});
  data.SetWeight(DataType::kFloat64, {2}, {1, 0});
  const Statistics statistics = StatisticsOf(data);
  EXPECT_EQ(statistics.element_count, 1);
  EXPECT_EQ(statistics.degenerate_count, 0);
  EXPECT_EQ(statistics.mean_iou, 1);
}

TEST(Statistics, OfBoxesRoundCornersAsTheLossDoes) {
  ProblemData data(*FindLoss("iou"), DataType::kFloat32, {4}, {1e8, 0, 1, 1}, {1e8, 0, 1, 1});
  data.Parameter("format").number = 1;
  const Statistics statistics = StatisticsOf(data);
  EXPECT_EQ(statistics.mean_iou, 0);
  EXPECT_EQ(statistics.degenerate_count, 1);
}

TEST(Statistics, TheMeanIouIsThatOfExactWhateverTheConvention) {
  ProblemData data(*FindLoss("ciou"), DataType::kFloat64, {4}, {0, 0, 1, 1}, {0, 0, 0.5, 1});
  data.Parameter("convention").number = 1;
  EXPECT_EQ(StatisticsOf(data).mean_iou, 0.5);
}

TEST(Statistics, TheNormIsThatOfGradientsOfAnySize) {
  for (const double size : {1e-300, 1e-170, 1.0, 1e170, 1e300}) {
    ProblemData data(*FindLoss("l1"), DataType::kFloat64, {2}, {1, 1}, {0, 0});
    data.problem.reduction = Reduction::kSum;
    data.SetWeight(DataType::kFloat64, {2}, {3 * size, 4 * size});
    EXPECT_NEAR(StatisticsOf(data).gradient_norm / size, 5, 1e-14) << size;
  }
}

TEST(Statistics, OfABoxThatIsNotFiniteAreNotANumber) {
  ProblemData data(*FindLoss("giou"), DataType::kFloat64, {2, 4},
                   {0, 0, 1, 1, std::nan(""), 0, 1, 1}, {0, 0, 1, 1, 0, 0, 1, 1});
  const Statistics statistics = StatisticsOf(data);
  EXPECT_TRUE(std::isnan(statistics.mean_iou));
  EXPECT_EQ(statistics.degenerate_count + statistics.non_overlapping_count, 0);
}

TEST(Statistics, KeepNotANumber) {
  ProblemData data(*FindLoss("l2"), DataType::kFloat32, {3}, {1, std::nan(""), 2}, {0, 0, 0});
  const Statistics statistics = StatisticsOf(data);
  EXPECT_TRUE(std::isnan(statistics.gradient_norm));
  EXPECT_TRUE(std::isnan(statistics.gradient_abs_max));
}

TEST(Statistics, AreZeroUnlessAskedFor) {
  ProblemData data(*FindLoss("l2"), DataType::kFloat32, {1}, {1}, {0});
  const absl::StatusOr<LossResult> result = ComputeLoss(data.problem);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->summary.statistics.element_count, 0);
  EXPECT_EQ(result->summary.statistics.gradient_norm, 0);
}

}  // namespace
}  // namespace detloss
