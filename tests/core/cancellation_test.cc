// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// A request that is withdrawn ends soon, wherever it is: every loop over data asks whether it is.

#include <gtest/gtest.h>

#include <atomic>
#include <functional>

#include "absl/strings/str_cat.h"
#include "tests/core/problem_data.h"

namespace detloss {
namespace {

constexpr int64_t kRows = 5 * 4096;  // five blocks of one element a row
constexpr int64_t kClasses = 3;

// What is asked, and says yes from the n-th time on.
class Caller {
 public:
  explicit Caller(int64_t leaves_at) : leaves_at_(leaves_at) {}

  ExecuteOptions options(ThreadPool* threads = nullptr) {
    return {threads, [this] { return asked_++ >= leaves_at_; }};
  }
  int64_t asked() const { return asked_; }

 private:
  const int64_t leaves_at_;
  std::atomic<int64_t> asked_ = 0;
};

constexpr int64_t kStays = int64_t{1} << 40;

int64_t QuestionsOf(const Problem& problem) {
  Caller caller(kStays);
  const absl::StatusOr<LossResult> result = ComputeLoss(problem, caller.options());
  EXPECT_NE(result.status().code(), absl::StatusCode::kCancelled);
  return caller.asked();
}

// Whenever the caller leaves: the request is cancelled, and nobody asks again.
void ExpectEndsAtOnce(const Problem& problem) {
  const int64_t questions = QuestionsOf(problem);
  for (int64_t n = 0; n < questions; ++n) {
    SCOPED_TRACE(absl::StrCat("leaves at question ", n, " of ", questions));
    Caller caller(n);
    const absl::StatusOr<LossResult> result = ComputeLoss(problem, caller.options());
    EXPECT_EQ(result.status().code(), absl::StatusCode::kCancelled) << result.status();
    EXPECT_EQ(caller.asked(), n + 1);
  }
}

ProblemData Labelled(absl::string_view loss, DataType type = DataType::kFloat32) {
  ProblemData data(*FindLoss(loss),
                   {.shape = {kRows, kClasses}, .type = type, .target = TargetKind::kInt64Index});
  data.Parameter("ignore_index") = IntegerOf(1);
  return data;
}

TEST(Cancellation, EndsEachLoss) {
  for (const LossInfo& loss : AllLosses()) {
    SCOPED_TRACE(loss.name);
    ProblemData data(loss, {.shape = ShapeOf(loss, 3 * 4096, 4),
                            .type = DataType::kFloat16,
                            .target = DefaultTarget(loss),
                            .weighted = true});
    data.problem.statistics = true;
    EXPECT_GE(QuestionsOf(data.problem), 3);
    ExpectEndsAtOnce(data.problem);
  }
}

TEST(Cancellation, EndsTheCountOfLabels) {
  for (const char* loss : {"cross_entropy", "sigmoid_focal"}) {
    SCOPED_TRACE(loss);
    ProblemData data = Labelled(loss);
    const int64_t counting = QuestionsOf(data.problem);
    data.Parameter("ignore_index") = {};
    EXPECT_EQ(counting - QuestionsOf(data.problem), kRows / 4096);
    data = Labelled(loss);
    ExpectEndsAtOnce(data.problem);
  }
}

TEST(Cancellation, EndsTheCopyOfABroadcastWeight) {
  ProblemData data(*FindLoss("l1"), {.shape = {2, kRows}, .type = DataType::kFloat32});
  const int64_t without = QuestionsOf(data.problem);
  data.SetWeight(DataType::kFloat32, {kRows}, std::vector<double>(kRows, 0.5));
  EXPECT_EQ(QuestionsOf(data.problem) - without, kRows / 4096);
  ExpectEndsAtOnce(data.problem);
}

// Only axes of length 1 are missing: there is nothing to copy.
TEST(Cancellation, AWeightForEachItemIsNotCopied) {
  ProblemData data(*FindLoss("l1"), {.shape = {1, kRows}, .type = DataType::kFloat32});
  const int64_t without = QuestionsOf(data.problem);
  data.SetWeight(DataType::kFloat32, {kRows}, std::vector<double>(kRows, 0.5));
  EXPECT_EQ(QuestionsOf(data.problem), without);
}

TEST(Cancellation, EndsTheConversionOfClassParameters) {
  constexpr int64_t kMany = 3 * 4096;
  ProblemData data(*FindLoss("binary_cross_entropy"), {.shape = {1, kMany}});
  data.Parameter("positive_weight") = ListOf(std::vector<double>(kMany, 2));
  EXPECT_GE(QuestionsOf(data.problem), 6);
  ExpectEndsAtOnce(data.problem);
}

TEST(Cancellation, EndsTheSearchForWrongLabels) {
  ProblemData data = Labelled("cross_entropy");
  const int64_t right = QuestionsOf(data.problem);
  std::vector<double> labels(kRows, 0);
  labels.back() = 7;
  data.SetTarget(DataType::kInt64, {kRows}, labels);
  EXPECT_EQ(QuestionsOf(data.problem) - right, kRows / 4096);
  ExpectEndsAtOnce(data.problem);
}

TEST(Cancellation, EndsTheSearchForWhatIsNotFinite) {
  ProblemData data(*FindLoss("l1"), {.shape = {kRows}, .type = DataType::kFloat32});
  data.problem.non_finite = NonFinitePolicy::kReject;
  const int64_t right = QuestionsOf(data.problem);
  std::vector<double> numbers(kRows, 0);
  numbers.back() = HUGE_VAL;
  data.SetTarget(DataType::kFloat32, {kRows}, numbers);
  EXPECT_EQ(QuestionsOf(data.problem) - right, 2 * kRows / 4096);
  ExpectEndsAtOnce(data.problem);
}

// A row of a million classes is one block, and milliseconds of work.
TEST(Cancellation, EndsWithinALongRow) {
  ProblemData data(*FindLoss("cross_entropy"), {.shape = {1, 1 << 20}, .type = DataType::kFloat16});
  data.problem.statistics = true;
  EXPECT_GE(QuestionsOf(data.problem), 4);
  ExpectEndsAtOnce(data.problem);
}

// No block begins that did not hear no before.
TEST(Cancellation, NoBlockBeginsAfterIt) {
  constexpr size_t kBlock = 4096, kBlocks = 64;
  const ProblemData data(*FindLoss("l1"),
                         {.shape = {int64_t{kBlock * kBlocks}}, .type = DataType::kFloat32});
  std::vector<Violation> violations;
  const std::optional<Plan> plan = MakePlan(data.problem, Limits(), violations);
  ASSERT_TRUE(plan);
  ThreadPool pool(3);
  for (const int64_t leaves_at : {0, 1, 5, 63}) {
    float loss = 0;
    std::vector<float> gradient(kBlock * kBlocks, 7);
    Caller caller(leaves_at);
    const absl::StatusOr<Summary> summary =
        Execute(*plan, {&loss, gradient.data()}, caller.options(&pool), violations);
    EXPECT_EQ(summary.status().code(), absl::StatusCode::kCancelled);
    int64_t begun = 0;
    for (size_t b = 0; b < kBlocks; ++b) begun += gradient[b * kBlock] != 7;
    EXPECT_LE(begun, leaves_at);
    EXPECT_LE(caller.asked(), leaves_at + 4);  // each thread may have been asking
  }
}

TEST(Cancellation, LeavesViolationsAsTheyWere) {
  ProblemData data = Labelled("cross_entropy");
  data.SetTarget(DataType::kInt64, {kRows}, std::vector<double>(kRows, 7));
  std::vector<Violation> violations;
  const std::optional<Plan> plan = MakePlan(data.problem, Limits(), violations);
  ASSERT_TRUE(plan);
  Caller caller(QuestionsOf(data.problem) - 1);
  float loss = 0;
  std::vector<float> gradient(static_cast<size_t>(kRows * kClasses));
  EXPECT_FALSE(Execute(*plan, {&loss, gradient.data()}, caller.options(), violations).ok());
  EXPECT_TRUE(violations.empty());
}

}  // namespace
}  // namespace detloss
