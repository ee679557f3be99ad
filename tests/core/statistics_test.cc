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
