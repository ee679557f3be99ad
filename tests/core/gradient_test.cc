// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The gradient of every loss on every SIMD target against central differences of its own value, in
// binary64, for every value of its parameters and kind of target, at points without kinks.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numbers>

#include "absl/strings/str_cat.h"
#include "tests/core/problem_data.h"
#include "tests/core/simd_target.h"

namespace detloss {
namespace {

constexpr int64_t kRows = 9;
constexpr int64_t kClasses = 5;

class Gradient : public OnEveryTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, Gradient, testing::ValuesIn(RunnableTargets()), TargetName);

ProblemData MakeData(const LossInfo& loss, TargetKind kind) {
  const int64_t width = loss.family == Family::kBox ? 4 : kClasses;
  ProblemData data(loss, {.shape = {kRows, width}, .target = kind, .weighted = true, .seed = 3});
  data.problem.scale = 1.75;
  data.problem.segment_offsets = {0, 2, kRows};
  return data;
}

double Total(const Problem& problem) {
  const absl::StatusOr<LossResult> result = ComputeLoss(problem);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? result->summary.total_loss : std::nan("");
}

std::vector<double> NumbersOf(const TensorView& tensor) {
  std::vector<double> numbers(tensor.bytes.size() / sizeof(double));
  std::memcpy(numbers.data(), tensor.bytes.Read(0, tensor.bytes.size(), nullptr),
              tensor.bytes.size());
  return numbers;
}

// (f(x + step) - f(x - step)) / (2 step), for one number of the prediction.
double CentralDifference(Problem problem, std::vector<double> prediction, size_t i, double step) {
  const double at = prediction[i];
  problem.prediction =
      TensorView::Of(DataType::kFloat64, problem.prediction.shape, prediction.data());
  prediction[i] = at + step;
  const double above = Total(problem);
  prediction[i] = at - step;
  return (above - Total(problem)) / (2 * step);
}

void ExpectGradientIsDerivative(const Problem& problem) {
  const absl::StatusOr<LossResult> result = ComputeLoss(problem);
  ASSERT_TRUE(result.ok()) << result.status();
  const std::vector<double> gradient = GradientOf(*result, DataType::kFloat64);
  const std::vector<double> prediction = NumbersOf(problem.prediction);
  double largest = 0;
  for (size_t i = 0; i < gradient.size(); ++i) {
    const double want = CentralDifference(problem, prediction, i, 1e-6);
    EXPECT_NEAR(gradient[i], want, 1e-7 * std::max(1.0, std::abs(want))) << "at " << i;
    largest = std::max(largest, std::abs(gradient[i]));
  }
  EXPECT_GT(largest, 1e-6) << "the gradient says nothing";
}

// Values of a parameter at which the loss has a derivative.
std::vector<ParameterValues::Value> Values(const ParameterSpec& spec) {
  std::vector<ParameterValues::Value> values;
  switch (spec.kind) {
    case ParameterKind::kNumber:
      return {NumberOf(0.3), NumberOf(1)};
    case ParameterKind::kInteger:
      return {};
    case ParameterKind::kNumbers:
      return {ListOf({0.5, 2, 0, 1.25, 3})};
    case ParameterKind::kChoice:
      for (size_t i = 1; i < spec.choices.size(); ++i) {
        values.push_back(NumberOf(static_cast<double>(i)));
      }
  }
  return values;
}

void ExpectForEveryParameter(const LossInfo& loss, TargetKind kind) {
  ProblemData data = MakeData(loss, kind);
  ExpectGradientIsDerivative(data.problem);
  for (const ParameterSpec& spec : loss.parameters) {
    for (const ParameterValues::Value& value : Values(spec)) {
      SCOPED_TRACE(absl::StrCat(spec.name, " = ", value.number));
      const ParameterValues defaults = data.problem.parameters;
      data.Parameter(spec.name) = value;
      ExpectGradientIsDerivative(data.problem);
      data.problem.parameters = defaults;
    }
  }
}

TEST_P(Gradient, IsTheDerivative) {
  for (const LossInfo& loss : AllLosses()) {
    // Its gradient holds alpha constant, so that it is no derivative: see the test below.
    if (loss.name == "ciou") continue;
    for (const TargetKind kind : TargetKinds(loss)) {
      SCOPED_TRACE(absl::StrCat(loss.name, " target kind ", static_cast<int>(kind)));
      ExpectForEveryParameter(loss, kind);
    }
  }
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

std::vector<double> GradientOfSum(const LossInfo& loss, Problem problem) {
  problem.loss = &loss;
  problem.reduction = Reduction::kSum;
  const absl::StatusOr<LossResult> result = ComputeLoss(problem);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? GradientOf(*result, DataType::kFloat64) : std::vector<double>();
}

TEST_P(Gradient, OfCiouIsThatOfDiouAndOfTheAspectTermWithConstantAlpha) {
  const ProblemData data(*FindLoss("ciou"), {.shape = {kRows, 4}});
  const std::vector<double> with = GradientOfSum(*FindLoss("ciou"), data.problem);
  const std::vector<double> without = GradientOfSum(*FindLoss("diou"), data.problem);
  std::vector<double> prediction = NumbersOf(data.problem.prediction);
  const std::vector<double> targets = NumbersOf(data.problem.target);
  for (size_t i = 0; i < with.size(); ++i) {
    double* box = prediction.data() + i / 4 * 4;
    const double* target = targets.data() + i / 4 * 4;
    const double alpha = AspectOf(box, target).alpha, at = prediction[i], step = 1e-6;
    prediction[i] = at + step;
    const double above = AspectOf(box, target).v;
    prediction[i] = at - step;
    const double below = AspectOf(box, target).v;
    prediction[i] = at;
    EXPECT_NEAR(with[i] - without[i], alpha * (above - below) / (2 * step), 1e-9);
  }
}

}  // namespace
}  // namespace detloss
