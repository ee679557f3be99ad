// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// NaN and infinity: where they are, and nowhere else, the result says so.

#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "detloss/convert.h"
#include "tests/core/problem_data.h"
#include "tests/core/simd_target.h"

namespace detloss {
namespace {

constexpr int64_t kRows = 21;
constexpr int64_t kClasses = 19;
constexpr size_t kBadRow = 17;

class NonFinite : public OnEveryTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, NonFinite, testing::ValuesIn(RunnableTargets()), TargetName);

// The numbers of a tensor, with one of them replaced.
std::vector<double> Replaced(const TensorView& tensor, size_t index, double number) {
  const auto count = static_cast<size_t>(*ElementCount(tensor.shape));
  std::vector<double> numbers(count);
  std::vector<std::byte> scratch(tensor.bytes.size());
  ConvertTo(tensor.data_type, tensor.bytes.Read(0, tensor.bytes.size(), scratch.data()), count,
            numbers.data());
  numbers[index] = number;
  return numbers;
}

// A problem of which one element of prediction, target or weight is bad, and where that is felt.
struct Spoiled {
  ProblemData data;
  size_t first_value, value_count;        // in the unreduced loss
  size_t first_gradient, gradient_count;  // in the gradient
};

bool ItemsAreRows(const LossInfo& loss) {
  return loss.family == Family::kBox || loss.family == Family::kSoftmax;
}

Spoiled Spoil(const LossInfo& loss, DataType type, TargetKind kind, const char* which, double bad) {
  const int64_t width = loss.family == Family::kBox ? 4 : kClasses;
  Spoiled spoiled = {ProblemData(loss, {.shape = {kRows, width},
                                        .type = type,
                                        .target = kind,
                                        .target_type = type,
                                        .weighted = true}),
                     0, 1, 0, 1};
  Problem& problem = spoiled.data.problem;
  problem.reduction = Reduction::kNone;
  const auto columns = static_cast<size_t>(width);
  const size_t element = kBadRow * columns + 2;
  const bool rows = ItemsAreRows(loss);
  spoiled.first_value = rows ? kBadRow : element;
  spoiled.first_gradient = rows ? kBadRow * columns : element;
  spoiled.gradient_count = rows ? columns : 1;
  const bool of_weight = which == std::string("weight");
  std::vector<double> weight = Replaced(*problem.weight, spoiled.first_value, of_weight ? bad : 1);
  spoiled.data.SetWeight(type, problem.weight->shape, weight);
  if (which == std::string("prediction")) {
    spoiled.data.SetPrediction(type, problem.prediction.shape,
                               Replaced(problem.prediction, element, bad));
  } else if (which == std::string("target")) {
    spoiled.data.SetTarget(type, problem.target.shape, Replaced(problem.target, element, bad));
  }
  return spoiled;
}

// Expects NaN in [first, first + count) and finite numbers elsewhere.
void ExpectNanAt(const std::vector<double>& numbers, size_t first, size_t count) {
  for (size_t i = 0; i < numbers.size(); ++i) {
    const bool bad = i >= first && i < first + count;
    ASSERT_EQ(std::isnan(numbers[i]), bad) << "at " << i << ": " << numbers[i];
    ASSERT_TRUE(bad || std::isfinite(numbers[i])) << "at " << i;
  }
}

void ExpectSpoiled(const Spoiled& spoiled) {
  const absl::StatusOr<LossResult> result = ComputeLoss(spoiled.data.problem);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->summary.non_finite_count, 1);
  EXPECT_TRUE(std::isnan(result->summary.loss_sum));
  ExpectNanAt(result->loss, spoiled.first_value, spoiled.value_count);
  ExpectNanAt(GradientOf(*result, spoiled.data.problem.prediction.data_type),
              spoiled.first_gradient, spoiled.gradient_count);
}

TEST_P(NonFinite, NotANumberSpoilsItsOwnItemAndNoOther) {
  for (const LossInfo& loss : AllLosses()) {
    for (const DataType type :
         {DataType::kFloat32, DataType::kFloat64, DataType::kFloat16, DataType::kBfloat16}) {
      for (const TargetKind kind : TargetKinds(loss)) {
        for (const char* which : {"prediction", "target", "weight"}) {
          if (which == std::string("target") && kind != TargetKind::kDense) continue;
          SCOPED_TRACE(absl::StrCat(loss.name, " ", Name(type), " target kind ",
                                    static_cast<int>(kind), ", NaN in ", which));
          ExpectSpoiled(Spoil(loss, type, kind, which, std::nan("")));
        }
      }
    }
  }
}

// Infinity less infinity: a row with an infinite logit has no logarithm of its sum, a box with an
// infinite side no area.
TEST_P(NonFinite, InfinitySpoilsRowsAndBoxes) {
  for (const LossInfo& loss : AllLosses()) {
    if (!ItemsAreRows(loss)) continue;
    for (const DataType type : {DataType::kFloat32, DataType::kFloat64}) {
      SCOPED_TRACE(absl::StrCat(loss.name, " ", Name(type)));
      ExpectSpoiled(Spoil(loss, type, DefaultTarget(loss), "prediction", HUGE_VAL));
    }
  }
}

TEST_P(NonFinite, ARowOfMinusInfinityHasNoLoss) {
  for (const char* loss : {"cross_entropy", "softmax_focal"}) {
    ProblemData data(*FindLoss(loss), DataType::kFloat32, {1, 3}, {-HUGE_VAL, -HUGE_VAL, -HUGE_VAL},
                     {0, 0, 0});
    data.SetTarget(DataType::kInt64, {1}, {1});
    const absl::StatusOr<LossResult> result = ComputeLoss(data.problem);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_TRUE(std::isnan(result->loss[0]));
    for (const double g : GradientOf(*result, DataType::kFloat32)) EXPECT_TRUE(std::isnan(g));
  }
}

// They are counted as what was sent, not as what was used.
TEST_P(NonFinite, AreCountedAlsoWhereTheyCountForNothing) {
  ProblemData data(*FindLoss("cross_entropy"), DataType::kFloat32, {3, 2},
                   {std::nan(""), 0, HUGE_VAL, 0, 1, 2}, {0, 0, 0, 0, 0, 0});
  data.SetTarget(DataType::kInt64, {3}, {7, 0, 1});
  data.Parameter("ignore_index").integer = 7;
  data.SetWeight(DataType::kFloat32, {3}, {1, 0, 1});
  const absl::StatusOr<LossResult> result = ComputeLoss(data.problem);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->summary.non_finite_count, 2);
  EXPECT_TRUE(std::isfinite(result->summary.loss_sum));
}

}  // namespace
}  // namespace detloss
