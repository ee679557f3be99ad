// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Every loss on every SIMD target against the reference: value, gradient and all that is returned,
// for every storage type, around the ends of vectors and blocks, and wherever the bytes lie.

#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "tests/core/compare.h"
#include "tests/core/problem_data.h"
#include "tests/core/simd_target.h"

namespace detloss {
namespace {

constexpr DataType kTypes[] = {DataType::kFloat32, DataType::kFloat64, DataType::kFloat16,
                               DataType::kBfloat16};

class OracleTest : public testing::TestWithParam<std::tuple<size_t, int64_t>> {
 protected:
  static const LossInfo& loss() { return AllLosses()[std::get<0>(GetParam())]; }

  void SetUp() override {
    ASSERT_NE(reference::FindReference(loss().name), nullptr)
        << loss().name << " has no function in tests/reference";
  }

  // A gradient of zeros would match a reference that forgot it.
  static void ExpectMatchesAndSaysSomething(const Problem& problem) {
    const std::optional<LossResult> result = ExpectMatchesReference(problem);
    if (!result || *ElementCount(problem.prediction.shape) < 16) return;
    EXPECT_GT(result->summary.loss_sum, 0);
    double largest = 0;
    for (const double g : GradientOf(*result, problem.prediction.data_type)) {
      largest = std::max(largest, std::abs(g));
    }
    EXPECT_GT(largest, 1e-6);
  }

  ScopedTarget target_{std::get<1>(GetParam())};
};

std::string NameOf(const testing::TestParamInfo<std::tuple<size_t, int64_t>>& info) {
  return absl::StrCat(AllLosses()[std::get<0>(info.param)].name, "_",
                      hwy::TargetName(std::get<1>(info.param)));
}

INSTANTIATE_TEST_SUITE_P(AllLosses, OracleTest,
                         testing::Combine(testing::Range(size_t{0}, AllLosses().size()),
                                          testing::ValuesIn(RunnableTargets())),
                         NameOf);

TEST_P(OracleTest, MatchesAroundTheVectorWidthForEveryType) {
  for (const DataType type : kTypes) {
    for (const int64_t length : {0, 1, 3, 7, 8, 15, 16, 17, 33}) {
      SCOPED_TRACE(absl::StrCat(Name(type), " of length ", length));
      const bool box = loss().family == Family::kBox;
      const bool softmax = loss().family == Family::kSoftmax;
      // Softmax has two lengths: that of a row, and their number.
      const Shape shape = box       ? Shape{length, 4}
                          : softmax ? Shape{length % 5, std::max<int64_t>(length, 1)}
                                    : Shape{length};
      const unsigned seed = static_cast<unsigned>(length) + 1;
      const ProblemData data(loss(), {.shape = shape,
                                      .type = type,
                                      .target = DefaultTarget(loss()),
                                      .target_type = type,
                                      .weighted = length % 2 == 1,
                                      .seed = seed});
      ExpectMatchesAndSaysSomething(data.problem);
    }
  }
}

TEST_P(OracleTest, MatchesAroundTheBlockSize) {
  const bool box = loss().family == Family::kBox;
  for (const int64_t length : {4095, 4096, 4097}) {
    // 1023, 1024 and 1025 boxes; rows of 16, and one row that is longer than a block.
    const int64_t items = box ? length - 4096 + 1024 : length;
    const DataType type = length == 4096 ? DataType::kFloat64 : DataType::kFloat32;
    const int64_t classes = length == 4095 ? 4095 : 16;
    SCOPED_TRACE(absl::StrCat(Name(type), " of length ", items));
    const ProblemData data(loss(), {.shape = ShapeOf(loss(), box ? 4 * items : items, classes),
                                    .type = type,
                                    .target = DefaultTarget(loss()),
                                    .target_type = type,
                                    .weighted = length == 4097});
    ExpectMatchesAndSaysSomething(data.problem);
  }
}

TEST_P(OracleTest, MatchesForEveryKindOfTargetAndReduction) {
  for (const TargetKind kind : TargetKinds(loss())) {
    for (const Reduction reduction : {Reduction::kNone, Reduction::kMean, Reduction::kSum}) {
      SCOPED_TRACE(absl::StrCat("target kind ", static_cast<int>(kind), ", reduction ",
                                static_cast<int>(reduction)));
      const int64_t width = loss().family == Family::kBox ? 4 : 7;
      ProblemData data(loss(), {.shape = {3, 5, width},
                                .type = DataType::kFloat64,
                                .target = kind,
                                .target_type = kTypes[static_cast<size_t>(reduction)],
                                .weighted = true});
      data.problem.reduction = reduction;
      data.problem.scale = 0.375;
      if (reduction == Reduction::kMean) data.problem.normalizer = 12.5;
      data.problem.statistics = true;
      ExpectMatchesAndSaysSomething(data.problem);
      ExpectStatisticsMatch(data.problem);
    }
  }
}

bool IsIndex(TargetKind kind) { return kind != TargetKind::kDense && kind != TargetKind::kUint8; }

// With everything that reads tensors: weights, excluded rows, statistics.
ProblemData EverythingAt(const LossInfo& loss, DataOptions options, Layout layout) {
  options.layout = layout;
  ProblemData data(loss, options);
  data.problem.reduction = Reduction::kNone;
  data.problem.statistics = true;
  if (IsIndex(options.target) && HasParameter(loss, "ignore_index")) {
    data.Parameter("ignore_index") = IntegerOf(2);
  }
  return data;
}

void ExpectSameBits(const LossResult& result, const LossResult& expected) {
  EXPECT_EQ(result.summary.loss_sum, expected.summary.loss_sum);
  EXPECT_EQ(result.loss, expected.loss);
  EXPECT_EQ(result.gradient, expected.gradient);
  EXPECT_EQ(result.summary.statistics.gradient_norm, expected.summary.statistics.gradient_norm);
  EXPECT_EQ(result.summary.statistics.element_count, expected.summary.statistics.element_count);
  EXPECT_EQ(result.summary.statistics.mean_iou, expected.summary.statistics.mean_iou);
}

// At addresses that are aligned to nothing, and in fragments that are no multiple of an element.
TEST_P(OracleTest, SameBitsWhereverTheBytesLie) {
  std::vector<Layout> layouts = {{0, 64}, {3, 1021}};
  for (size_t misalignment = 1; misalignment < 8; ++misalignment) layouts.push_back({misalignment});
  for (const DataType type : kTypes) {
    for (const TargetKind kind : TargetKinds(loss())) {
      for (const int64_t elements : {17, 4411}) {
        const DataOptions options = {.shape = ShapeOf(loss(), elements, elements == 17 ? 17 : 11),
                                     .type = type,
                                     .target = kind,
                                     .target_type = type,
                                     .weighted = true};
        const auto plain = ComputeLoss(EverythingAt(loss(), options, {}).problem);
        ASSERT_TRUE(plain.ok()) << plain.status();
        for (const Layout layout : layouts) {
          SCOPED_TRACE(absl::StrCat(Name(type), " at ", layout.misalignment, ", fragments of ",
                                    layout.fragment_bytes, ", target ", static_cast<int>(kind)));
          const auto moved = ComputeLoss(EverythingAt(loss(), options, layout).problem);
          ASSERT_TRUE(moved.ok()) << moved.status();
          ExpectSameBits(*moved, *plain);
        }
      }
    }
  }
}

}  // namespace
}  // namespace detloss
