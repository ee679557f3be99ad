// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Right problems through the kernels of every target: what the reference says within the tolerance
// of the tests where numbers are ordinary, and whatever they are, the same bits from all targets
// that fuse multiplication and addition.

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "tests/core/compare.h"
#include "tests/core/simd_target.h"
#include "tests/fuzz/tame_problem.h"

namespace detloss {
namespace {

using Result = absl::StatusOr<LossResult>;

constexpr int64_t kFusing = HWY_AVX3_DL | HWY_AVX3 | HWY_AVX2;

void Check(bool right, const char* what, int64_t target) {
  if (right) return;
  std::fprintf(stderr, "%s: %s\n", hwy::TargetName(target), what);
  std::abort();
}

// What is not a number has no bits that are promised.
bool Same(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}

bool Same(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return Same(x, y); });
}

bool Same(const SampleGroup& a, const SampleGroup& b) {
  return a.count == b.count && Same(a.loss_sum, b.loss_sum) &&
         Same(a.gradient_abs_sum, b.gradient_abs_sum);
}

bool Same(const Statistics& a, const Statistics& b) {
  return a.element_count == b.element_count && Same(a.gradient_norm, b.gradient_norm) &&
         Same(a.gradient_abs_max, b.gradient_abs_max) && Same(a.easy_positive, b.easy_positive) &&
         Same(a.hard_positive, b.hard_positive) && Same(a.easy_negative, b.easy_negative) &&
         Same(a.hard_negative, b.hard_negative) && a.degenerate_count == b.degenerate_count &&
         a.inverted_count == b.inverted_count &&
         a.non_overlapping_count == b.non_overlapping_count && Same(a.mean_iou, b.mean_iou);
}

void CheckSame(const Result& a, const Result& b, DataType type, int64_t target) {
  if (!a.ok()) return;
  Check(Same(a->loss, b->loss), "another loss", target);
  Check(Same(GradientOf(*a, type), GradientOf(*b, type)), "another gradient", target);
  Check(Same(a->summary.loss_sum, b->summary.loss_sum), "another loss_sum", target);
  Check(Same(a->summary.total_loss, b->summary.total_loss), "another total_loss", target);
  Check(Same(a->summary.statistics, b->summary.statistics), "other statistics", target);
}

// What a failure is about, for whoever reads it.
void Describe(const Problem& problem) {
  const auto describe = [](const char* name, const TensorView& tensor) {
    std::fprintf(stderr, "%s %s%s, ", name, std::string(Name(tensor.data_type)).c_str(),
                 ToString(tensor.shape).c_str());
  };
  std::fprintf(stderr, "%s: ", std::string(problem.loss->name).c_str());
  describe("prediction", problem.prediction);
  describe("target", problem.target);
  if (problem.weight) describe("weight", *problem.weight);
  std::fprintf(stderr, "reduction %d, scale %g, %zu offsets\n", static_cast<int>(problem.reduction),
               problem.scale, problem.segment_offsets.size());
  for (size_t i = 0; i < problem.parameters.size(); ++i) {
    const ParameterValues::Value& value = problem.parameters[i];
    std::fprintf(stderr, "%s: %g, %lld, %zu numbers, %s\n",
                 std::string(problem.loss->parameters[i].name).c_str(), value.number,
                 static_cast<long long>(value.integer), value.numbers.size(),
                 value.present ? "set" : "default");
  }
}

void CheckReference(const Problem& problem, const reference::Expected& expected, int64_t target) {
  ExpectMatches(problem, expected);
  if (problem.statistics) ExpectStatisticsMatch(problem);
  const bool failed = testing::UnitTest::GetInstance()->ad_hoc_test_result().Failed();
  if (failed) Describe(problem);
  Check(!failed, "not the reference", target);
}

void Run(FuzzInput in) {
  const TameProblem tame(in);
  const Problem& problem = tame.problem();
  std::optional<reference::Expected> expected;
  if (!tame.wild()) expected = reference::Compute(problem);
  std::optional<Result> first, first_fused;
  for (const int64_t target : RunnableTargets()) {
    const ScopedTarget scoped(target);
    const Result result = ComputeLoss(problem);
    Check(result.ok() || tame.wild(), "refused", target);
    if (!first) first = result;
    Check(result.status() == first->status(), "another status", target);
    if ((target & kFusing) != 0) {
      if (!first_fused) first_fused = result;
      CheckSame(result, *first_fused, problem.prediction.data_type, target);
    }
    if (expected) CheckReference(problem, *expected, target);
  }
}

}  // namespace
}  // namespace detloss

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  detloss::Run(detloss::FuzzInput(data, size));
  return 0;
}
