// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "core/statistics.h"

#include <algorithm>
#include <cmath>

#include "core/losses/parameters.h"

namespace detloss {
namespace {

// Raises `max` to `x`; NaN is kept.
void Raise(double x, double& max) {
  if (!(x <= max) && !std::isnan(max)) max = x;
}

void AddGradient(double gradient, StatisticsSums& sums) {
  sums.gradient_square_sum += gradient * gradient;
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

template <class T>
void AddSigmoid(const PlanDetails& plan, const Block<T>& block, size_t i, StatisticsSums& sums) {
  const double threshold = std::log(plan.easy_threshold) - std::log1p(-plan.easy_threshold);
  const bool probable = static_cast<double>(block.prediction[i]) >= threshold;
  AddSample(GroupOf(block.target[i] >= T{0.5}, probable, sums.counts),
            static_cast<double>(block.value[i]), static_cast<double>(block.gradient[i]));
}

// The loss of a row belongs to its classes by their part of the target.
template <class T>
void AddSoftmax(const PlanDetails& plan, const Block<T>& block, size_t r, StatisticsSums& sums) {
  const size_t begin = r * block.width;
  const double threshold = std::log(plan.easy_threshold);
  double target_sum = 0;
  const auto part = [&](size_t c) {
    const double log_p = block.log_normalizer[r].LogProbability(block.prediction[begin + c]);
    const double t = block.target ? static_cast<double>(block.target[begin + c])
                                  : (static_cast<int64_t>(c) == block.index[r] ? 1.0 : 0.0);
    return t == 0 ? 0 : -t * log_p;
  };
  for (size_t c = 0; c < block.width; ++c) target_sum += part(c);
  for (size_t c = 0; c < block.width; ++c) {
    const double log_p = block.log_normalizer[r].LogProbability(block.prediction[begin + c]);
    const bool positive = block.target ? block.target[begin + c] >= T{0.5}
                                       : static_cast<int64_t>(c) == block.index[r];
    const double share = target_sum > 0 ? part(c) / target_sum : 0;
    AddSample(GroupOf(positive, log_p >= threshold, sums.counts),
              share * static_cast<double>(block.value[r]),
              static_cast<double>(block.gradient[begin + c]));
  }
}

struct Corners {
  double x1, y1, x2, y2;
};

// The power of two that brings the largest number of a pair of boxes near 1, so that no area
// overflows or underflows.
template <class T>
double RangeScale(const T* prediction, const T* target) {
  double largest = 0;
  for (size_t k = 0; k < 4; ++k) {
    largest = std::max({largest, std::abs(static_cast<double>(prediction[k])),
                        std::abs(static_cast<double>(target[k]))});
  }
  if (!(largest > 0) || std::isinf(largest)) return 1;
  return std::ldexp(1.0, std::clamp(-std::ilogb(largest), -1000, 1000));
}

template <class T>
Corners CornersOf(const T* box, double scale, BoxFormat format) {
  Corners c = {static_cast<double>(box[0]) * scale, static_cast<double>(box[1]) * scale,
               static_cast<double>(box[2]) * scale, static_cast<double>(box[3]) * scale};
  if (format == BoxFormat::kXyxy) return c;
  if (format == BoxFormat::kCxcywh) {
    c.x1 -= c.x2 / 2;
    c.y1 -= c.y2 / 2;
  }
  c.x2 += c.x1;
  c.y2 += c.y1;
  return c;
}

double Area(const Corners& c) { return std::max(c.x2 - c.x1, 0.0) * std::max(c.y2 - c.y1, 0.0); }
bool Inverted(const Corners& c) { return c.x2 < c.x1 || c.y2 < c.y1; }
bool Flat(const Corners& c) { return c.x2 == c.x1 || c.y2 == c.y1; }

template <class T>
void AddBoxes(const PlanDetails& plan, const Block<T>& block, size_t i, StatisticsSums& sums) {
  const auto specs = plan.loss->parameters;
  BoxFormat format = BoxFormat::kXyxy;
  for (size_t k = 0; k < specs.size(); ++k) {
    if (specs[k].name == kBoxFormatName) {
      format = static_cast<BoxFormat>(plan.parameters[k].number);
    }
  }
  const T* const prediction = block.prediction + 4 * i;
  const T* const target = block.target + 4 * i;
  const double scale = RangeScale(prediction, target);
  const Corners p = CornersOf(prediction, scale, format);
  const Corners t = CornersOf(target, scale, format);
  const Corners both = {std::max(p.x1, t.x1), std::max(p.y1, t.y1), std::min(p.x2, t.x2),
                        std::min(p.y2, t.y2)};
  const double intersection = Area(both);
  const double area = Area(p) + Area(t) - intersection;
  const bool inverted = Inverted(p) || Inverted(t);
  sums.counts.inverted_count += inverted;
  sums.counts.degenerate_count += !inverted && (Flat(p) || Flat(t));
  sums.counts.non_overlapping_count += !(intersection > 0);
  sums.iou_sum += area > 0 ? intersection / area : 0;
  ++sums.box_count;
}

void Combine(const SampleGroup& part, SampleGroup& group) {
  group.count += part.count;
  group.loss_sum += part.loss_sum;
  group.gradient_abs_sum += part.gradient_abs_sum;
}

}  // namespace

template <class T>
void AddStatistics(const PlanDetails& plan, const Block<T>& block, const char* ignored,
                   StatisticsSums& sums) {
  for (size_t i = 0; i < block.count; ++i) {
    if (ignored != nullptr && ignored[i]) continue;
    const size_t elements = plan.loss->family == Family::kBox ? 1 : block.width;
    sums.counts.element_count += static_cast<int64_t>(elements);
    for (size_t c = 0; c < block.width; ++c) {
      AddGradient(static_cast<double>(block.gradient[i * block.width + c]), sums);
    }
    if (plan.loss->family == Family::kSigmoid) AddSigmoid(plan, block, i, sums);
    if (plan.loss->family == Family::kSoftmax) AddSoftmax(plan, block, i, sums);
    if (plan.loss->family == Family::kBox) AddBoxes(plan, block, i, sums);
  }
}
template void AddStatistics<float>(const PlanDetails&, const Block<float>&, const char*,
                                   StatisticsSums&);
template void AddStatistics<double>(const PlanDetails&, const Block<double>&, const char*,
                                    StatisticsSums&);

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
  sums.gradient_square_sum += part.gradient_square_sum;
  sums.iou_sum += part.iou_sum;
  sums.box_count += part.box_count;
}

Statistics Finish(const StatisticsSums& sums) {
  Statistics statistics = sums.counts;
  statistics.gradient_norm = std::sqrt(sums.gradient_square_sum);
  statistics.mean_iou = sums.box_count > 0 ? sums.iou_sum / static_cast<double>(sums.box_count) : 0;
  return statistics;
}

}  // namespace detloss
