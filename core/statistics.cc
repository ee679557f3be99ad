// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "core/statistics.h"

#include <algorithm>
#include <cmath>

#include "core/box_statistics.h"

namespace detloss {
namespace {

// Squares of numbers between these neither overflow nor vanish.
constexpr double kLarge = 0x1p500;
constexpr double kSmall = 0x1p-500;

// Raises `max` to `x`; NaN is kept.
void Raise(double x, double& max) {
  if (!(x <= max) && !std::isnan(max)) max = x;
}

void AddGradient(double gradient, StatisticsSums& sums) {
  sums.gradient_squares.Add(gradient);
  Raise(std::abs(gradient), sums.counts.gradient_abs_max);
}

SampleGroup& GroupOf(bool positive, bool probable, Statistics& counts) {
  if (positive) return probable ? counts.easy_positive : counts.hard_positive;
  return probable ? counts.hard_negative : counts.easy_negative;
}

void AddSample(SampleGroup& group, double loss, double gradient) {
  ++group.count;
  group.loss_sum += loss;
  group.gradient_abs_sum += std::abs(gradient);
}

// What is the same for every item of a block.
struct BlockFacts {
  explicit BlockFacts(const PlanDetails& plan)
      : family(plan.loss->family),
        log_threshold(std::log(plan.easy_threshold)),
        logit_threshold(log_threshold - std::log1p(-plan.easy_threshold)),
        format(family == Family::kBox ? FormatOf(plan) : BoxFormat::kXyxy) {}

  Family family;
  double log_threshold, logit_threshold;  // of `easy_threshold`, a probability
  BoxFormat format;
};

template <class T>
void AddSigmoid(const BlockFacts& facts, const Block<T>& block, size_t i, StatisticsSums& sums) {
  const bool probable = static_cast<double>(block.prediction[i]) >= facts.logit_threshold;
  AddSample(GroupOf(block.target[i] >= T{0.5}, probable, sums.counts),
            static_cast<double>(block.value[i]), static_cast<double>(block.gradient[i]));
}

// The loss of a row is what its classes add to it.
template <class T>
void AddSoftmax(const BlockFacts& facts, const Block<T>& block, size_t r, StatisticsSums& sums) {
  for (size_t c = 0; c < block.width; ++c) {
    const size_t at = r * block.width + c;
    const bool positive =
        block.target ? block.target[at] >= T{0.5} : static_cast<int64_t>(c) == block.index[r];
    const double log_p = block.log_normalizer[r].LogProbability(block.prediction[at]);
    AddSample(GroupOf(positive, log_p >= facts.log_threshold, sums.counts),
              static_cast<double>(block.class_value[at]), static_cast<double>(block.gradient[at]));
  }
}

template <class T>
void AddItem(const BlockFacts& facts, const Block<T>& block, size_t i, StatisticsSums& sums) {
  switch (facts.family) {
    case Family::kRegression:
      return;
    case Family::kSigmoid:
      return AddSigmoid(facts, block, i, sums);
    case Family::kSoftmax:
      return AddSoftmax(facts, block, i, sums);
    case Family::kBox:
      return AddBoxes(facts.format, block.prediction + 4 * i, block.target + 4 * i, sums);
  }
}

void Combine(const SampleGroup& part, SampleGroup& group) {
  group.count += part.count;
  group.loss_sum += part.loss_sum;
  group.gradient_abs_sum += part.gradient_abs_sum;
}

}  // namespace

void SquareSum::Add(double x) {
  const double size = std::abs(x);
  if (size > kLarge) {
    large_ += (x / kLarge) * (x / kLarge);
  } else if (size < kSmall) {
    small_ += (x / kSmall) * (x / kSmall);
  } else {
    middle_ += x * x;
  }
}

void SquareSum::Add(const SquareSum& part) {
  large_ += part.large_;
  middle_ += part.middle_;
  small_ += part.small_;
}

double SquareSum::Root() const {
  const double ordinary = std::hypot(std::sqrt(middle_), kSmall * std::sqrt(small_));
  return std::hypot(kLarge * std::sqrt(large_), ordinary);
}

template <class T>
void AddStatistics(const PlanDetails& plan, const Block<T>& block, StatisticsSums& sums) {
  const BlockFacts facts(plan);
  const size_t elements = facts.family == Family::kBox ? 1 : block.width;
  for (size_t i = 0; i < block.count; ++i) {
    if (block.weight && block.weight[i] == 0) continue;
    sums.counts.element_count += static_cast<int64_t>(elements);
    for (size_t c = 0; c < block.width; ++c) {
      AddGradient(static_cast<double>(block.gradient[i * block.width + c]), sums);
    }
    AddItem(facts, block, i, sums);
  }
}
template void AddStatistics<float>(const PlanDetails&, const Block<float>&, StatisticsSums&);
template void AddStatistics<double>(const PlanDetails&, const Block<double>&, StatisticsSums&);

void Combine(const StatisticsSums& part, StatisticsSums& sums) {
  Statistics& counts = sums.counts;
  counts.element_count += part.counts.element_count;
  Raise(part.counts.gradient_abs_max, counts.gradient_abs_max);
  Combine(part.counts.easy_positive, counts.easy_positive);
  Combine(part.counts.hard_positive, counts.hard_positive);
  Combine(part.counts.easy_negative, counts.easy_negative);
  Combine(part.counts.hard_negative, counts.hard_negative);
  counts.degenerate_count += part.counts.degenerate_count;
  counts.inverted_count += part.counts.inverted_count;
  counts.non_overlapping_count += part.counts.non_overlapping_count;
  sums.gradient_squares.Add(part.gradient_squares);
  sums.iou_sum += part.iou_sum;
  sums.box_count += part.box_count;
}

Statistics Finish(const StatisticsSums& sums) {
  Statistics statistics = sums.counts;
  statistics.gradient_norm = sums.gradient_squares.Root();
  statistics.mean_iou = sums.box_count > 0 ? sums.iou_sum / static_cast<double>(sums.box_count) : 0;
  return statistics;
}

}  // namespace detloss
