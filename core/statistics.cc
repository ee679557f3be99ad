// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/statistics.cc"  // NOLINT
// clang-format off
#include "hwy/foreach_target.h"
// clang-format on
#include "core/statistics.h"

#include <algorithm>
#include <cmath>

#include "core/kernels/box_statistics-inl.h"
#include "core/kernels/gradient_statistics-inl.h"
#include "core/kernels/sample_statistics-inl.h"
#include "core/losses/parameters.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {

template <class T>
StatisticsSums SumBlock(const StatisticsFacts& facts, const Block<T>& block) {
  const Block<T> local = block;
  const size_t elements = facts.family == Family::kBox ? 1 : local.width;
  StatisticsSums sums;
  sums.counts.element_count = static_cast<int64_t>(elements * CountIncluded(local));
  SumGradients(local.gradient, local.count * local.width, sums);
  if (facts.family == Family::kSigmoid) SumSigmoidSamples(facts, local, sums);
  if (facts.family == Family::kSoftmax) SumSoftmaxSamples(facts, local, sums);
  if (facts.family == Family::kBox) SumBoxes(facts, local, sums);
  return sums;
}

StatisticsSums SumFloat32(const StatisticsFacts& facts, const Block<float>& block) {
  return SumBlock(facts, block);
}
StatisticsSums SumFloat64(const StatisticsFacts& facts, const Block<double>& block) {
  return SumBlock(facts, block);
}

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace detloss {
namespace {

HWY_EXPORT(SumFloat32);
HWY_EXPORT(SumFloat64);

// The format of the boxes of a plan. REQUIRES: its loss is one of boxes.
BoxFormat FormatOf(const PlanDetails& plan) {
  const auto specs = plan.loss->parameters;
  const ParameterSpec* const format =
      std::find_if(specs.begin(), specs.end(),
                   [](const ParameterSpec& spec) { return spec.name == kBoxFormatName; });
  return static_cast<BoxFormat>(
      plan.parameters[static_cast<size_t>(format - specs.begin())].number);
}

// Raises `max` to `x`; NaN is kept.
void Raise(double x, double& max) {
  if (!(x <= max) && !std::isnan(max)) max = x;
}

void Combine(const SampleGroup& part, SampleGroup& group) {
  group.count += part.count;
  group.loss_sum += part.loss_sum;
  group.gradient_abs_sum += part.gradient_abs_sum;
}

}  // namespace

void SquareSum::Add(const SquareSum& part) {
  large += part.large;
  middle += part.middle;
  small += part.small;
}

double SquareSum::Root() const {
  if (std::isnan(middle)) return middle;  // to std::hypot, infinity is more than that
  const double ordinary = std::hypot(std::sqrt(middle), std::sqrt(small) / kScale);
  return std::hypot(kScale * std::sqrt(large), ordinary);
}

StatisticsFacts FactsOf(const PlanDetails& plan) {
  const double log_threshold = std::log(plan.easy_threshold);
  const bool boxes = plan.loss->family == Family::kBox;
  return {.family = plan.loss->family,
          .log_threshold = log_threshold,
          .logit_threshold = log_threshold - std::log1p(-plan.easy_threshold),
          .format = boxes ? FormatOf(plan) : BoxFormat::kXyxy};
}

template <>
StatisticsSums SumsOf(const StatisticsFacts& facts, const Block<float>& block) {
  return HWY_DYNAMIC_DISPATCH(SumFloat32)(facts, block);
}
template <>
StatisticsSums SumsOf(const StatisticsFacts& facts, const Block<double>& block) {
  return HWY_DYNAMIC_DISPATCH(SumFloat64)(facts, block);
}

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
#endif  // HWY_ONCE
