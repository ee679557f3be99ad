// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Statistics on every SIMD target: of any number of items, in the order of 16 lanes, with numbers
// of any size.

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "tests/core/compare.h"
#include "tests/core/problem_data.h"
#include "tests/core/simd_target.h"

namespace detloss {
namespace {

class StatisticsLanes : public OnEveryTarget {};
INSTANTIATE_TEST_SUITE_P(Targets, StatisticsLanes, testing::ValuesIn(RunnableTargets()),
                         TargetName);

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Less than a group, one, a block, and more.
constexpr int64_t kSizes[] = {1, 7, 15, 16, 17, 33, 4096, 4109};

TEST_P(StatisticsLanes, MatchTheReferenceForAnyNumberOfItems) {
  for (const LossInfo& loss : AllLosses()) {
    for (const TargetKind kind : TargetKinds(loss)) {
      for (const int64_t items : {1, 5, 17, 31}) {
        for (const int64_t classes : {3, 16, 21}) {
          SCOPED_TRACE(
              absl::StrCat(loss.name, " ", static_cast<int>(kind), " ", items, "x", classes));
          const int64_t width = loss.family == Family::kBox ? 4 : classes;
          for (const DataType type : {DataType::kFloat32, DataType::kFloat64}) {
            ProblemData data(loss, {.shape = {items, width},
                                    .type = type,
                                    .target = kind,
                                    .target_type = type,
                                    .weighted = true});
            data.problem.statistics = true;
            ExpectStatisticsMatch(data.problem);
          }
        }
      }
    }
  }
}

LossResult MustCompute(ProblemData& data) {
  data.problem.statistics = true;
  data.problem.gradient = true;
  absl::StatusOr<LossResult> result = ComputeLoss(data.problem);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? *std::move(result) : LossResult();
}

// Elements of l1 whose gradients are the numbers of `cycle`, in turn.
ProblemData GradientsOf(DataType type, int64_t count, const std::vector<double>& cycle) {
  const auto size = static_cast<size_t>(count);
  ProblemData data(*FindLoss("l1"), type, {count}, std::vector<double>(size, 1),
                   std::vector<double>(size, 0));
  std::vector<double> weights;
  for (size_t i = 0; i < size; ++i) weights.push_back(cycle[i % cycle.size()]);
  data.SetWeight(type, {count}, weights);
  data.problem.reduction = Reduction::kSum;
  return data;
}

void ExpectNormAndMax(DataType type, int64_t count, const std::vector<double>& cycle) {
  SCOPED_TRACE(absl::StrCat(Name(type), " ", count));
  ProblemData data = GradientsOf(type, count, cycle);
  const LossResult result = MustCompute(data);
  long double squares = 0;
  double max = 0;
  for (const double x : GradientOf(result, type)) {
    squares += static_cast<long double>(x) * static_cast<long double>(x);
    max = std::max(max, std::abs(x));
  }
  const auto norm = static_cast<double>(std::sqrt(squares));
  EXPECT_NEAR(result.summary.statistics.gradient_norm, norm, 1e-14 * norm + 5e-324);
  EXPECT_EQ(result.summary.statistics.gradient_abs_max, max);
}

TEST_P(StatisticsLanes, NormAndMaxAreThoseOfGradientsOfAnySize) {
  for (const int64_t count : kSizes) {
    ExpectNormAndMax(DataType::kFloat64, count, {1, 0, -3e-2, 5});
    ExpectNormAndMax(DataType::kFloat64, count, {2e-310, 3e-200, 0, 1e-170});
    ExpectNormAndMax(DataType::kFloat64, count, {2e-310, 0, 5e-324});
    ExpectNormAndMax(DataType::kFloat64, count, {1e306, 1});
    ExpectNormAndMax(DataType::kFloat64, count, {1e-170, -2, 4e299, 0, 1e160, 2e-310, 1e10});
    ExpectNormAndMax(DataType::kFloat32, count, {1e38, 0, -1e-45, 1});
    ExpectNormAndMax(DataType::kFloat32, count, {1e-45, 2e-40, 0});
  }
}

// Whichever lane it is in, and whatever is beside it.
TEST_P(StatisticsLanes, KeepNotANumber) {
  for (const DataType type : {DataType::kFloat32, DataType::kFloat64}) {
    for (size_t at = 0; at < 21; ++at) {
      std::vector<double> weights(21, 2);
      weights[at] = kNan;
      weights[(at + 5) % 21] = kInfinity;
      ProblemData data = GradientsOf(type, 21, weights);
      const Statistics statistics = MustCompute(data).summary.statistics;
      EXPECT_TRUE(std::isnan(statistics.gradient_norm)) << at;
      EXPECT_TRUE(std::isnan(statistics.gradient_abs_max)) << at;
      EXPECT_EQ(statistics.element_count, 21);
    }
  }
}

TEST_P(StatisticsLanes, OfABoxThatIsNotFinite) {
  constexpr size_t kNumbers = 4 * size_t{19};
  for (const double bad : {kNan, kInfinity, -kInfinity}) {
    for (size_t at = 0; at < 2 * kNumbers; ++at) {
      std::vector<double> numbers[2];  // of predictions and targets
      for (auto& of_tensor : numbers) {
        while (of_tensor.size() < kNumbers) of_tensor.insert(of_tensor.end(), {0, 0, 0, 1});
      }
      numbers[at % 2][at / 2] = bad;
      ProblemData data(*FindLoss("giou"), DataType::kFloat32, {19, 4}, numbers[0], numbers[1]);
      const Statistics statistics = MustCompute(data).summary.statistics;
      EXPECT_TRUE(std::isnan(statistics.mean_iou)) << at;
      EXPECT_EQ(statistics.element_count, 19);
      EXPECT_EQ(statistics.degenerate_count, 18);
      EXPECT_EQ(statistics.non_overlapping_count, 18);
    }
  }
}

// A sum as a block has it.
class LaneTotal {
 public:
  void Add(size_t i, double x) { lanes_[i % 16] += x; }
  double Total() const {
    double lanes[16];
    std::copy_n(lanes_, 16, lanes);
    for (size_t half = 8; half > 0; half /= 2) {
      for (size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
    }
    return lanes[0];
  }

 private:
  double lanes_[16] = {};
};

void ExpectSame(double got, double want) {
  if (std::isnan(want)) {
    EXPECT_TRUE(std::isnan(got));
  } else {
    EXPECT_EQ(std::bit_cast<uint64_t>(got), std::bit_cast<uint64_t>(want));
  }
}

struct Sample {
  double logit, target, weight;
};

// What a group of one block must be, given who is in it and what the kernel wrote.
template <class IsMember>
void ExpectGroup(const SampleGroup& got, const std::vector<Sample>& samples,
                 const std::vector<double>& losses, const std::vector<double>& gradients,
                 const IsMember& is_member) {
  int64_t count = 0;
  LaneTotal loss_sum, gradient_sum;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (samples[i].weight == 0 || !is_member(samples[i])) continue;
    ++count;
    loss_sum.Add(i, losses[i]);
    gradient_sum.Add(i, std::abs(gradients[i]));
  }
  EXPECT_EQ(got.count, count);
  ExpectSame(got.loss_sum, loss_sum.Total());
  ExpectSame(got.gradient_abs_sum, gradient_sum.Total());
}

// Logits and targets around the threshold and 0.5, huge, and some that are no numbers; and weights
// that exclude some, not only the good ones.
std::vector<Sample> MixedSamples(size_t count) {
  constexpr double kLogits[] = {0, -1e-45, 3, -2, kNan, 88, -103, 0.5, -kInfinity, 1e30, -0.25};
  constexpr double kTargets[] = {1, 0, 0.5, 0.25, 1, 0, 0};
  constexpr double kWeights[] = {1, 0.5, 0, 1e-30, 1e30};
  std::vector<Sample> samples;
  for (size_t i = 0; i < count; ++i) {
    samples.push_back({kLogits[i % std::size(kLogits)], kTargets[i % std::size(kTargets)],
                       kWeights[i % std::size(kWeights)]});
  }
  return samples;
}

std::vector<double> Column(const std::vector<Sample>& samples, double Sample::*field) {
  std::vector<double> column;
  for (const Sample& sample : samples) column.push_back(sample.*field);
  return column;
}

void ExpectSampleGroups(const LossInfo& loss, DataType type, size_t count) {
  const std::vector<Sample> samples = MixedSamples(count);
  const Shape shape = {static_cast<int64_t>(count)};
  ProblemData data(loss, type, shape, Column(samples, &Sample::logit),
                   Column(samples, &Sample::target));
  data.SetWeight(type, shape, Column(samples, &Sample::weight));
  data.problem.reduction = Reduction::kNone;
  const LossResult result = MustCompute(data);
  const Statistics& got = result.summary.statistics;
  const auto expect = [&](const SampleGroup& group, bool positive, bool probable) {
    ExpectGroup(group, samples, result.loss, GradientOf(result, type), [&](const Sample& sample) {
      return (sample.target >= 0.5) == positive && (sample.logit >= 0) == probable;
    });
  };
  expect(got.easy_positive, true, true);
  expect(got.hard_positive, true, false);
  expect(got.easy_negative, false, false);
  expect(got.hard_negative, false, true);
}

TEST_P(StatisticsLanes, GroupsAreSumsInLaneOrderOfWhatTheKernelWrote) {
  for (const LossInfo& loss : AllLosses()) {
    if (loss.family != Family::kSigmoid) continue;
    for (const DataType type : {DataType::kFloat32, DataType::kFloat64}) {
      for (const size_t count : {size_t{1}, size_t{15}, size_t{16}, size_t{77}, size_t{4091}}) {
        SCOPED_TRACE(absl::StrCat(loss.name, " ", Name(type), " ", count));
        ExpectSampleGroups(loss, type, count);
      }
    }
  }
}

}  // namespace
}  // namespace detloss
