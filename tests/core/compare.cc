// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/core/compare.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/core/problem_data.h"
#include "tests/core/tolerance.h"

namespace detloss {
namespace {

using reference::Quantity;
using reference::Real;

// Compares numbers of one tensor and speaks of its first differences only.
class Comparison {
 public:
  explicit Comparison(const Problem& problem) : type_(problem.prediction.data_type) {}

  void Expect(const char* what, size_t index, double got, const Quantity& want, DataType stored) {
    if (Near(got, want, type_, stored) || ++differences_ > 3) return;
    ADD_FAILURE() << what << "[" << index << "]: got " << got << ", want "
                  << static_cast<double>(want.value) << ", difference "
                  << static_cast<double>(got - want.value) << ", condition "
                  << static_cast<double>(want.condition);
  }

  void ExpectAll(const char* what, const std::vector<double>& got,
                 const std::vector<Quantity>& want, DataType stored) {
    ASSERT_EQ(got.size(), want.size()) << what;
    for (size_t i = 0; i < got.size(); ++i) Expect(what, i, got[i], want[i], stored);
  }

 private:
  DataType type_;
  int differences_ = 0;
};

void CompareSegments(const Summary& got, const reference::Expected& want, Comparison& comparison) {
  comparison.ExpectAll("segment_loss_sums", got.segment_loss_sums, want.segment_loss_sums,
                       DataType::kFloat64);
  ASSERT_EQ(got.segment_denominators.size(), want.segment_denominators.size());
  for (size_t s = 0; s < got.segment_denominators.size(); ++s) {
    EXPECT_DOUBLE_EQ(got.segment_denominators[s],
                     static_cast<double>(want.segment_denominators[s]));
  }
}

void CompareGroup(const char* what, const SampleGroup& got, const reference::ExpectedGroup& want,
                  Comparison& comparison) {
  EXPECT_EQ(got.count, want.count) << what;
  comparison.Expect(what, 0, got.loss_sum, want.loss_sum, DataType::kFloat32);
  comparison.Expect(what, 1, got.gradient_abs_sum, want.gradient_abs_sum, DataType::kFloat32);
}

DataType LossType(DataType type) {
  return type == DataType::kFloat64 ? DataType::kFloat64 : DataType::kFloat32;
}

}  // namespace

bool Near(double got, const Quantity& want, DataType type, DataType stored) {
  const Real error = ComputeTolerance(type) * want.condition;
  const Storage storage = StorageOf(stored);
  // What the core computes with may end before the storage does.
  const Storage compute = StorageOf(LossType(type));
  const Real highest = std::fabs(want.value) + error;
  if (std::isnan(want.value)) return std::isnan(got);
  // Of which every number would be within the error.
  if (std::isinf(want.value)) return got == want.value;
  if (std::isinf(got)) {
    const bool overflows = highest * (1 + storage.rounding) > storage.max || highest > compute.max;
    return overflows &&
           (std::isnan(want.condition) || std::signbit(got) == std::signbit(want.value));
  }
  const Real bound =
      error + storage.rounding * std::fabs(want.value) + std::max(storage.floor, compute.floor);
  return std::fabs(got - want.value) <= bound;
}

std::optional<LossResult> ExpectMatchesReference(const Problem& problem,
                                                 const ExecuteOptions& options) {
  return ExpectMatches(problem, reference::Compute(problem), options);
}

std::optional<LossResult> ExpectMatches(const Problem& problem, const reference::Expected& want,
                                        const ExecuteOptions& options) {
  absl::StatusOr<LossResult> got = ComputeLoss(problem, options);
  EXPECT_TRUE(got.ok()) << got.status();
  if (!got.ok()) return std::nullopt;
  const DataType type = problem.prediction.data_type;
  const Summary& summary = got->summary;
  Comparison comparison(problem);
  EXPECT_EQ(got->loss_shape, want.loss_shape);
  EXPECT_EQ(got->loss_data_type, LossType(type));
  comparison.ExpectAll("loss", got->loss, want.loss, got->loss_data_type);
  comparison.Expect("loss_sum", 0, summary.loss_sum, want.loss_sum, DataType::kFloat64);
  comparison.Expect("total_loss", 0, summary.total_loss, want.total_loss, DataType::kFloat64);
  EXPECT_DOUBLE_EQ(summary.denominator, static_cast<double>(want.denominator));
  CompareSegments(summary, want, comparison);
  EXPECT_EQ(summary.non_finite_count, want.non_finite_count);
  if (problem.gradient) {
    comparison.ExpectAll("gradient", GradientOf(*got, type), want.gradient, type);
  } else {
    EXPECT_TRUE(got->gradient.empty());
  }
  return *std::move(got);
}

void ExpectStatisticsMatch(const Problem& problem) {
  const absl::StatusOr<LossResult> result = ComputeLoss(problem);
  ASSERT_TRUE(result.ok()) << result.status();
  const Statistics& got = result->summary.statistics;
  const reference::ExpectedStatistics want = reference::ComputeStatistics(problem);
  Comparison comparison(problem);
  EXPECT_EQ(got.element_count, want.element_count);
  comparison.Expect("gradient_norm", 0, got.gradient_norm, want.gradient_norm, DataType::kFloat32);
  comparison.Expect("gradient_abs_max", 0, got.gradient_abs_max, want.gradient_abs_max,
                    DataType::kFloat32);
  CompareGroup("easy_positive", got.easy_positive, want.easy_positive, comparison);
  CompareGroup("hard_positive", got.hard_positive, want.hard_positive, comparison);
  CompareGroup("easy_negative", got.easy_negative, want.easy_negative, comparison);
  CompareGroup("hard_negative", got.hard_negative, want.hard_negative, comparison);
  EXPECT_EQ(got.degenerate_count, want.degenerate_count);
  EXPECT_EQ(got.inverted_count, want.inverted_count);
  EXPECT_EQ(got.non_overlapping_count, want.non_overlapping_count);
  EXPECT_NEAR(got.mean_iou, static_cast<double>(want.mean_iou), 1e-12);
}

}  // namespace detloss
