// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The gradient of every loss on every SIMD target against central differences of its own value, in
// binary64, at points without kinks.

#include <gtest/gtest.h>
#include <hwy/highway.h>

#include <cmath>
#include <cstring>
#include <numbers>
#include <random>

#include "detloss/loss.h"

namespace detloss {
namespace {

constexpr int64_t kRows = 37;
constexpr int64_t kClasses = 21;

struct Data {
  Problem problem;
  std::vector<double> prediction, target;
  std::vector<int64_t> index;
};

// Rows x width numbers of a loss's family, with everything that is random fixed by the seed.
Data MakeData(const LossInfo& loss, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(0, 1);
  Data data;
  const bool box = loss.family == Family::kBox;
  const int64_t width = box ? 4 : kClasses;
  for (int64_t i = 0; i < kRows * width; ++i) {
    const double corner = i % 4 < 2 ? 0 : 2;
    data.prediction.push_back(box ? corner + uniform(random) : 6 * uniform(random) - 3);
    data.target.push_back(box ? corner + uniform(random) : uniform(random));
  }
  for (int64_t r = 0; r < kRows; ++r) data.index.push_back(r * 7 % kClasses);
  data.problem.loss = &loss;
  data.problem.prediction =
      TensorView::Of(DataType::kFloat64, {kRows, width}, data.prediction.data());
  data.problem.target =
      loss.family == Family::kSoftmax
          ? TensorView::Of(DataType::kInt64, {kRows}, data.index.data())
          : TensorView::Of(DataType::kFloat64, {kRows, width}, data.target.data());
  data.problem.scale = 1.75;
  return data;
}

double Total(const Problem& problem) {
  const absl::StatusOr<LossResult> result = ComputeLoss(problem);
  EXPECT_TRUE(result.ok()) << result.status();
  return result->summary.total_loss;
}

void ExpectGradientIsDerivative(const LossInfo& loss) {
  Data data = MakeData(loss, 1);
  const absl::StatusOr<LossResult> result = ComputeLoss(data.problem);
  ASSERT_TRUE(result.ok()) << result.status();
  std::vector<double> gradient(data.prediction.size());
  std::memcpy(gradient.data(), result->gradient.data(), result->gradient.size());
  double largest = 0;
  for (size_t i = 0; i < gradient.size(); i += 5) {
    const double at = data.prediction[i], step = 1e-5;
    data.prediction[i] = at + step;
    const double above = Total(data.problem);
    data.prediction[i] = at - step;
    const double below = Total(data.problem);
    data.prediction[i] = at;
    EXPECT_NEAR(gradient[i], (above - below) / (2 * step), 2e-9) << loss.name << " at " << i;
    largest = std::max(largest, std::abs(gradient[i]));
  }
  EXPECT_GT(largest, 1e-6) << "the gradient says nothing";
}

TEST(Gradient, IsTheDerivativeOnEveryTarget) {
  for (int64_t targets = hwy::SupportedTargets() & HWY_TARGETS; targets != 0;
       targets &= targets - 1) {
    hwy::SetSupportedTargetsForTest(targets & -targets);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    SCOPED_TRACE(std::string(SimdTarget()));
    for (const LossInfo& loss : AllLosses()) {
      // Its gradient holds alpha constant, so that it is no derivative: see the test below.
      if (loss.name != "ciou") ExpectGradientIsDerivative(loss);
    }
    hwy::SetSupportedTargetsForTest(0);
  }
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

// v and alpha of CIoU, written from the paper.
struct AspectTerm {
  double v, alpha;
};
AspectTerm AspectOf(const double* p, const double* t) {
  const double wp = p[2] - p[0], hp = p[3] - p[1], wt = t[2] - t[0], ht = t[3] - t[1];
  const double angle = std::atan(wt / ht) - std::atan(wp / hp);
  const double v = 4 / (std::numbers::pi * std::numbers::pi) * angle * angle;
  const double w = std::max(0.0, std::min(p[2], t[2]) - std::max(p[0], t[0]));
  const double h = std::max(0.0, std::min(p[3], t[3]) - std::max(p[1], t[1]));
  const double iou = w * h / (wp * hp + wt * ht - w * h);
  return {v, v / (1 - iou + v)};
}

TEST(Gradient, OfCiouIsThatOfDiouAndOfTheAspectTermWithConstantAlpha) {
  Data data = MakeData(*FindLoss("ciou"), 3);
  data.problem.reduction = Reduction::kSum;
  data.problem.scale = 1;
  const absl::StatusOr<LossResult> ciou = ComputeLoss(data.problem);
  data.problem.loss = FindLoss("diou");
  const absl::StatusOr<LossResult> diou = ComputeLoss(data.problem);
  ASSERT_TRUE(ciou.ok() && diou.ok());
  std::vector<double> with(data.prediction.size()), without(with.size());
  std::memcpy(with.data(), ciou->gradient.data(), ciou->gradient.size());
  std::memcpy(without.data(), diou->gradient.data(), diou->gradient.size());
  for (size_t i = 0; i < with.size(); ++i) {
    double* box = data.prediction.data() + i / 4 * 4;
    const double* target = data.target.data() + i / 4 * 4;
    const double alpha = AspectOf(box, target).alpha, at = data.prediction[i], step = 1e-6;
    data.prediction[i] = at + step;
    const double above = AspectOf(box, target).v;
    data.prediction[i] = at - step;
    const double below = AspectOf(box, target).v;
    data.prediction[i] = at;
    EXPECT_NEAR(with[i] - without[i], alpha * (above - below) / (2 * step), 1e-9);
  }
}

TEST(Reproducibility, SameBitsForAnyNumberOfThreads) {
  for (const LossInfo& loss : AllLosses()) {
    std::vector<double> prediction, target;
    std::mt19937 random(2);
    std::uniform_real_distribution<double> uniform(0, 1);
    const int64_t width = loss.family == Family::kBox ? 4 : kClasses;
    const int64_t rows = 20000;
    std::vector<int64_t> index(rows, 3);
    for (int64_t i = 0; i < rows * width; ++i) {
      prediction.push_back(uniform(random) + (i % 4 < 2 ? 0 : 1));
      target.push_back(uniform(random) * (i % 4 < 2 ? 1 : 2));
    }
    Problem problem;
    problem.loss = &loss;
    problem.prediction = TensorView::Of(DataType::kFloat64, {rows, width}, prediction.data());
    problem.target = loss.family == Family::kSoftmax
                         ? TensorView::Of(DataType::kInt64, {rows}, index.data())
                         : TensorView::Of(DataType::kFloat64, {rows, width}, target.data());
    const absl::StatusOr<LossResult> alone = ComputeLoss(problem);
    ASSERT_TRUE(alone.ok()) << alone.status();
    for (const int threads : {1, 2, 4}) {
      ThreadPool pool(threads);
      const absl::StatusOr<LossResult> many = ComputeLoss(problem, {.threads = &pool});
      ASSERT_TRUE(many.ok());
      EXPECT_EQ(many->summary.loss_sum, alone->summary.loss_sum) << loss.name;
      EXPECT_EQ(many->gradient, alone->gradient) << loss.name;
    }
  }
}

}  // namespace
}  // namespace detloss
