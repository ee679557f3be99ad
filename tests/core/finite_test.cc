// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Every finite input has a finite value and gradient, unless the true one is beyond the largest
// number: a property of every loss, parameter value and SIMD target, over inputs chosen to be
// nasty.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "tests/core/problem_data.h"
#include "tests/core/simd_target.h"
#include "tests/core/tolerance.h"

namespace detloss {
namespace {

using Grid = std::pair<std::vector<double>, std::vector<double>>;  // predictions and targets

// Zero, denormal, tiny, ordinary, and the largest whose difference is a number, of both signs.
std::vector<double> NastyNumbers(DataType type) {
  const bool wide = type == DataType::kFloat64;
  const std::vector<double> magnitudes =
      wide ? std::vector<double>{5e-324, 1e-310, 1e-200, 1e-30, 1, 1e4, 1e30, 1e154, 1e300, 8e307}
           : std::vector<double>{1.4e-45, 1e-40, 1e-30, 1e-10, 1, 1e4, 1e10, 1e19, 1e30, 1.7e38};
  std::vector<double> numbers = {0, -0.0, 3};
  for (const double x : magnitudes) numbers.insert(numbers.end(), {x, -x});
  return numbers;
}

std::vector<double> NastyLogits(DataType type) {
  std::vector<double> logits = NastyNumbers(type);
  for (const double x : {17.0, 37.0, 88.0, 104.0, 709.0, 746.0}) {
    logits.insert(logits.end(), {x, -x});
  }
  return logits;
}

// Intervals from which boxes are made: [a, b] along each axis.
std::vector<std::pair<double, double>> NastyIntervals(DataType type) {
  const double huge = type == DataType::kFloat64 ? 1.7e308 : 3.4e38;
  const double tiny = type == DataType::kFloat64 ? 5e-324 : 1.4e-45;
  const double small = type == DataType::kFloat64 ? 1e-158 : 1e-20;
  return {{0, 0},     {0, 1},      {1, 0},    {0, tiny},     {0, small}, {0, small * small},
          {0, 1e-30}, {0, 1e30},   {0, huge}, {-huge, huge}, {1, 1},     {1, 3},
          {0.1, 0.7}, {huge, huge}};
}

Grid BoxGrid(DataType type) {
  const auto intervals = NastyIntervals(type);
  Grid grid;
  for (const auto& x : intervals) {
    for (const auto& y : intervals) {
      for (const auto& tx : intervals) {
        for (const auto& ty : {x, y, intervals[1], intervals[3]}) {
          grid.first.insert(grid.first.end(), {x.first, y.first, x.second, y.second});
          grid.second.insert(grid.second.end(), {tx.first, ty.first, tx.second, ty.second});
        }
      }
    }
  }
  return grid;
}

Grid PairGrid(const std::vector<double>& predictions, const std::vector<double>& targets) {
  Grid grid;
  for (const double x : predictions) {
    for (const double y : targets) {
      grid.first.push_back(x);
      grid.second.push_back(y);
    }
  }
  return grid;
}

// Rows of three classes, with each class as the label.
Grid RowGrid(const std::vector<double>& logits) {
  Grid grid;
  for (const double a : logits) {
    for (const double b : logits) {
      for (int label = 0; label < 3; ++label) {
        grid.first.insert(grid.first.end(), {a, b, 1});
        grid.second.push_back(label);
      }
    }
  }
  return grid;
}

// The labels as distributions: a class beside the label has mass 0, or what smoothing gives it.
void MakeDense(ProblemData& data) {
  const Shape& shape = data.problem.prediction.shape;
  std::vector<double> one_hot;
  for (int64_t i = 0; i < shape[0] * shape[1]; ++i) {
    one_hot.push_back(i % shape[1] == i / shape[1] % 3 ? 1 : 0);
  }
  data.SetTarget(data.problem.prediction.data_type, shape, one_hot);
}

ProblemData NastyProblem(const LossInfo& loss, DataType type) {
  const bool sigmoid = loss.family == Family::kSigmoid;
  const bool softmax = loss.family == Family::kSoftmax;
  const Grid grid = loss.family == Family::kBox ? BoxGrid(type)
                    : softmax                   ? RowGrid(NastyLogits(type))
                    : sigmoid ? PairGrid(NastyLogits(type), {0, 1, 0.25, 0.5, 1e-30, 1 - 0x1p-24})
                              : PairGrid(NastyNumbers(type), NastyNumbers(type));
  const auto count = static_cast<int64_t>(grid.first.size());
  const Shape shape = loss.family == Family::kBox ? Shape{count / 4, 4}
                      : softmax                   ? Shape{count / 3, 3}
                                                  : Shape{count};
  ProblemData data(loss, type, shape, grid.first, softmax ? std::vector<double>() : grid.second);
  if (softmax) data.SetTarget(DataType::kInt64, {count / 3}, grid.second);
  data.problem.reduction = Reduction::kNone;
  return data;
}

// Numbers of the result, by whether the true ones are in range.
struct Counts {
  size_t finite = 0, overflown = 0;
};

// Whether the true number is beyond the type, or near enough that rounding may take it there.
bool IsBeyond(const reference::Quantity& want, DataType type) {
  const reference::Real highest =
      std::fabs(want.value) + ComputeTolerance(type) * std::fabs(want.condition);
  return !(highest * (1 + 0x1p-20L) <= StorageOf(type).max);
}

// Expects finite values, and infinite ones where the true ones are beyond the type.
void ExpectFiniteValues(const std::vector<double>& got,
                        const std::vector<reference::Quantity>& want, DataType type,
                        Counts& counts) {
  ASSERT_EQ(got.size(), want.size());
  int failures = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    const bool beyond = IsBeyond(want[i], type);
    (beyond ? counts.overflown : counts.finite)++;
    if (std::isfinite(got[i]) || (beyond && std::isinf(got[i])) || ++failures > 2) continue;
    ADD_FAILURE() << "loss[" << i << "]: got " << got[i] << ", want " << want[i].value;
  }
}

// The same of gradients. Where the value is beyond the type its slope may be NaN.
void ExpectFiniteGradients(const std::vector<double>& got, const reference::Expected& want,
                           DataType type, Counts& counts) {
  ASSERT_EQ(got.size(), want.gradient.size());
  const size_t width = got.size() / want.loss.size();
  int failures = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    const bool beyond = IsBeyond(want.gradient[i], type);
    (beyond ? counts.overflown : counts.finite)++;
    if (std::isfinite(got[i]) || (beyond && std::isinf(got[i]))) continue;
    if (IsBeyond(want.loss[i / width], type) || ++failures > 2) continue;
    ADD_FAILURE() << "gradient[" << i << "]: got " << got[i] << ", want " << want.gradient[i].value;
  }
}

class FiniteTest : public testing::TestWithParam<size_t> {
 protected:
  static const LossInfo& loss() { return AllLosses()[GetParam()]; }

  static void ExpectFiniteForEveryParameter(ProblemData& data);

  static void ExpectFiniteOnEveryTarget(const Problem& problem) {
    const reference::Expected want = reference::Compute(problem);
    const DataType type = problem.prediction.data_type;
    Counts counts;
    for (const int64_t target : RunnableTargets()) {
      const ScopedTarget scoped(target);
      SCOPED_TRACE(absl::StrCat(SimdTarget(), " ", Name(type)));
      const absl::StatusOr<LossResult> got = ComputeLoss(problem);
      ASSERT_TRUE(got.ok()) << got.status();
      EXPECT_EQ(got->summary.non_finite_count, 0);
      ExpectFiniteValues(got->loss, want.loss, type, counts);
      ExpectFiniteGradients(GradientOf(*got, type), want, type, counts);
    }
    EXPECT_GT(counts.finite, counts.overflown);
  }
};

std::string NameOf(const testing::TestParamInfo<size_t>& info) {
  return std::string(AllLosses()[info.param].name);
}
INSTANTIATE_TEST_SUITE_P(AllLosses, FiniteTest, testing::Range(size_t{0}, AllLosses().size()),
                         NameOf);

// Values of a parameter away from its default.
std::vector<ParameterValues::Value> Values(const ParameterSpec& spec) {
  std::vector<ParameterValues::Value> values;
  std::vector<double> numbers;
  if (spec.kind == ParameterKind::kNumber) numbers = {spec.min, spec.max, 0.5};
  if (!std::isnan(spec.off_value)) numbers.push_back(spec.off_value);
  // Another library's formula overflows where that library does.
  if (spec.kind == ParameterKind::kChoice && spec.name != "convention") {
    for (size_t i = 1; i < spec.choices.size(); ++i) numbers.push_back(static_cast<double>(i));
  }
  for (const double number : numbers) values.push_back(NumberOf(number));
  if (spec.kind == ParameterKind::kNumbers) {
    values.push_back(ListOf({0, 2, 1e-30}));
  }
  return values;
}

void FiniteTest::ExpectFiniteForEveryParameter(ProblemData& data) {
  ExpectFiniteOnEveryTarget(data.problem);
  for (const ParameterSpec& spec : loss().parameters) {
    const ParameterValues defaults = data.problem.parameters;
    for (const ParameterValues::Value& value : Values(spec)) {
      // Of logits [rows], the last axis is no classes.
      if (!value.numbers.empty() && data.problem.prediction.shape.size() == 1) continue;
      SCOPED_TRACE(absl::StrCat(spec.name, " = ", value.number));
      data.Parameter(spec.name) = value;
      ExpectFiniteOnEveryTarget(data.problem);
    }
    data.problem.parameters = defaults;
  }
}

TEST_P(FiniteTest, ForEveryValueOfEveryParameter) {
  for (const DataType type : {DataType::kFloat32, DataType::kFloat64}) {
    ProblemData data = NastyProblem(loss(), type);
    ExpectFiniteForEveryParameter(data);
    if (loss().family != Family::kSoftmax || loss().needs_class_indices) continue;
    MakeDense(data);
    ExpectFiniteForEveryParameter(data);
  }
}

void ExpectNoNanForAnyScale(const LossInfo& loss) {
  const int64_t width = loss.family == Family::kBox ? 4 : 1;
  const std::vector<double> zeros(static_cast<size_t>(width), 0);
  ProblemData data(loss, DataType::kFloat32, {1, width}, zeros, zeros);
  if (loss.family == Family::kSoftmax) data.SetTarget(DataType::kInt64, {1}, {0});
  for (const double scale : {1e300, 1e-300}) {
    data.problem.scale = scale;
    const absl::StatusOr<LossResult> got = ComputeLoss(data.problem);
    ASSERT_TRUE(got.ok()) << got.status();
    for (const double g : GradientOf(*got, DataType::kFloat32)) EXPECT_FALSE(std::isnan(g));
  }
}

TEST(Finite, WithAScaleBeyondTheTypeWhatIsZeroStaysZero) {
  for (const LossInfo& loss : AllLosses()) ExpectNoNanForAnyScale(loss);
}

}  // namespace
}  // namespace detloss
