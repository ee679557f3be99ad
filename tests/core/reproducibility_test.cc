// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The same bits again, in any company, and on every instruction set that fuses multiplication and
// addition.

#include <gtest/gtest.h>

#include <bit>

#include "absl/strings/str_cat.h"
#include "tests/core/problem_data.h"
#include "tests/core/simd_target.h"

namespace detloss {
namespace {

ProblemData LargeProblem(const LossInfo& loss, DataType type) {
  ProblemData data(loss, {.shape = ShapeOf(loss, 4096 * 4 + 44, 11),
                          .type = type,
                          .target = DefaultTarget(loss),
                          .target_type = type,
                          .weighted = true});
  data.problem.statistics = true;
  return data;
}

LossResult MustCompute(const Problem& problem) {
  absl::StatusOr<LossResult> result = ComputeLoss(problem);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : LossResult();
}

void ExpectSameBits(double a, double b) {
  EXPECT_EQ(std::bit_cast<uint64_t>(a), std::bit_cast<uint64_t>(b));
}

void ExpectSameBits(const SampleGroup& a, const SampleGroup& b) {
  EXPECT_EQ(a.count, b.count);
  ExpectSameBits(a.loss_sum, b.loss_sum);
  ExpectSameBits(a.gradient_abs_sum, b.gradient_abs_sum);
}

void ExpectSameBits(const Statistics& a, const Statistics& b) {
  EXPECT_EQ(a.element_count, b.element_count);
  ExpectSameBits(a.gradient_norm, b.gradient_norm);
  ExpectSameBits(a.gradient_abs_max, b.gradient_abs_max);
  ExpectSameBits(a.easy_positive, b.easy_positive);
  ExpectSameBits(a.hard_positive, b.hard_positive);
  ExpectSameBits(a.easy_negative, b.easy_negative);
  ExpectSameBits(a.hard_negative, b.hard_negative);
  EXPECT_EQ(a.degenerate_count, b.degenerate_count);
  EXPECT_EQ(a.inverted_count, b.inverted_count);
  EXPECT_EQ(a.non_overlapping_count, b.non_overlapping_count);
  ExpectSameBits(a.mean_iou, b.mean_iou);
}

void ExpectSameBits(const LossResult& a, const LossResult& b) {
  ExpectSameBits(a.summary.loss_sum, b.summary.loss_sum);
  ExpectSameBits(a.summary.statistics, b.summary.statistics);
  EXPECT_EQ(a.loss, b.loss);
  EXPECT_EQ(a.gradient, b.gradient);
  EXPECT_GT(a.gradient.size(), 0u);
}

TEST(SameBits, OnRepetition) {
  for (const LossInfo& loss : AllLosses()) {
    SCOPED_TRACE(loss.name);
    const ProblemData data = LargeProblem(loss, DataType::kFloat32);
    const LossResult first = MustCompute(data.problem);
    // Another problem in between leaves nothing behind.
    MustCompute(LargeProblem(loss, DataType::kFloat16).problem);
    ExpectSameBits(first, MustCompute(data.problem));
  }
}

TEST(SameBits, ForAnyNumberOfThreads) {
  for (const LossInfo& loss : AllLosses()) {
    for (const DataType type : {DataType::kFloat32, DataType::kFloat64}) {
      SCOPED_TRACE(absl::StrCat(loss.name, " ", Name(type)));
      ProblemData data = LargeProblem(loss, type);
      const int64_t rows = data.problem.prediction.shape[0];
      data.problem.segment_offsets = {0, rows / 3, rows / 3, rows};
      const LossResult alone = MustCompute(data.problem);
      for (const int threads : {1, 2, 4}) {
        ThreadPool pool(threads);
        const absl::StatusOr<LossResult> many = ComputeLoss(data.problem, {.threads = &pool});
        ASSERT_TRUE(many.ok()) << many.status();
        ExpectSameBits(*many, alone);
        EXPECT_EQ(many->summary.segment_loss_sums, alone.summary.segment_loss_sums);
      }
    }
  }
}

// Whatever an image shares a batch with, its loss and gradient are those it has alone.
TEST(SameBits, OfASegmentAloneAndInABatch) {
  for (const LossInfo& loss : AllLosses()) {
    SCOPED_TRACE(loss.name);
    const int64_t width = loss.family == Family::kBox ? 4 : 5;
    DataOptions options = {.shape = {1400, width},
                           .type = DataType::kFloat32,
                           .target = DefaultTarget(loss),
                           .target_type = DataType::kFloat32};
    ProblemData batch(loss, options);
    batch.problem.segment_offsets = {0, 37, 1250, 1400};
    const LossResult together = MustCompute(batch.problem);
    ASSERT_EQ(together.loss.size(), 3u);
    for (size_t s = 0; s < 3; ++s) {
      const int64_t begin = batch.problem.segment_offsets[s];
      const int64_t rows = batch.problem.segment_offsets[s + 1] - begin;
      Problem alone = batch.problem;
      alone.segment_offsets.clear();
      const auto slice = [&](const TensorView& tensor) {
        Shape shape = tensor.shape;
        shape[0] = rows;
        const size_t row_bytes = tensor.bytes.size() / 1400;
        const std::byte* data = tensor.bytes.Read(static_cast<size_t>(begin) * row_bytes,
                                                  static_cast<size_t>(rows) * row_bytes, nullptr);
        return TensorView::Of(tensor.data_type, shape, data);
      };
      alone.prediction = slice(batch.problem.prediction);
      alone.target = slice(batch.problem.target);
      const LossResult result = MustCompute(alone);
      EXPECT_EQ(result.loss[0], together.loss[s]);
      const auto first = together.gradient.begin() + begin * width * 4;
      EXPECT_TRUE(std::equal(result.gradient.begin(), result.gradient.end(), first));
    }
  }
}

constexpr int64_t kFusing[] = {HWY_AVX3_DL, HWY_AVX3, HWY_AVX2};

TEST(SameBits, OnEveryTargetThatFuses) {
  std::vector<int64_t> targets;
  std::string missing;
  for (const int64_t target : kFusing) {
    if ((target & HWY_TARGETS) == 0) continue;
    const bool runs = (target & hwy::SupportedTargets()) != 0;
    if (runs) targets.push_back(target);
    if (!runs) missing += std::string(" ") + hwy::TargetName(target);
  }
  if (targets.size() < 2) {
    GTEST_SKIP() << "one target that fuses is here; built, but not of this CPU:" << missing;
  }
  for (const LossInfo& loss : AllLosses()) {
    for (const DataType type : {DataType::kFloat32, DataType::kFloat64, DataType::kBfloat16}) {
      SCOPED_TRACE(std::string(loss.name) + " " + std::string(Name(type)));
      const ProblemData data = LargeProblem(loss, type);
      std::vector<LossResult> results;
      for (const int64_t target : targets) {
        const ScopedTarget scoped(target);
        EXPECT_EQ(SimdTarget(), hwy::TargetName(target));
        results.push_back(MustCompute(data.problem));
        ExpectSameBits(results.back(), results.front());
      }
    }
  }
}

}  // namespace
}  // namespace detloss
