// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The driver of softmax losses: per row a maximum, the sum of exponentials, and the gradient. All
// are cross entropy; a loss is a policy that says how the target is smoothed, and from the
// log-probability of the label what multiplies value and gradient. The driver owns targets, class
// weights and row weights.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "core/kernels/kernels.h"

#if defined(DETLOSS_CORE_KERNELS_ROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DETLOSS_CORE_KERNELS_ROW_INL_H_
#undef DETLOSS_CORE_KERNELS_ROW_INL_H_
#else
#define DETLOSS_CORE_KERNELS_ROW_INL_H_
#endif

#include "core/kernels/group-inl.h"
#include "core/kernels/math-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Sixteen elements from `from`, of which the last may be missing and count as `fill`.
template <class T>
HWY_INLINE const T* GroupAt(const T* from, size_t left, T fill, T* padded) {
  if (left >= kGroup) return from;
  for (size_t i = 0; i < kGroup; ++i) padded[i] = i < left ? from[i] : fill;
  return padded;
}

// The largest of `count` numbers; NaN does not count.
template <class T>
HWY_INLINE T RowMax(const T* row, size_t count) {
  const GroupTag<T> d;
  constexpr T kLowest = -std::numeric_limits<T>::infinity();
  auto max = hn::Set(d, kLowest);
  alignas(64) T padded[kGroup];
  for (size_t c = 0; c < count; c += kGroup) {
    const T* group = GroupAt(row + c, count - c, kLowest, padded);
    for (size_t i = 0; i < kGroup; i += hn::MaxLanes(d)) {
      const auto x = hn::LoadU(d, group + i);
      max = hn::IfThenElse(hn::Gt(x, max), x, max);
    }
  }
  return hn::GetLane(hn::MaxOfLanes(d, max));
}

// Where the row has its largest logit first; `count` if it is NaN.
template <class T>
HWY_INLINE size_t FirstOf(const T* row, size_t count, T max) {
  const GroupTag<T> d;
  alignas(64) T padded[kGroup];
  for (size_t c = 0; c < count; c += kGroup) {
    const T* group = GroupAt(row + c, count - c, std::numeric_limits<T>::quiet_NaN(), padded);
    for (size_t i = 0; i < kGroup; i += hn::MaxLanes(d)) {
      const auto found = hn::FindFirstTrue(d, hn::Eq(hn::LoadU(d, group + i), hn::Set(d, max)));
      if (found >= 0) return c + i + static_cast<size_t>(found);
    }
  }
  return count;
}

// The sum runs over all exponentials but that of the largest logit, which is 1: added to it, those
// of a row that is nearly certain would be rounded away.
template <class T>
HWY_INLINE LogNormalizer Normalize(const T* row, size_t count, T max) {
  const GroupTag<T> d;
  const size_t largest = FirstOf(row, count, max);
  alignas(64) T padded[kGroup], group_exp[kGroup];
  LaneSum others;
  for (size_t c = 0; c < count; c += kGroup) {
    const T* group = GroupAt(row + c, count - c, -std::numeric_limits<T>::infinity(), padded);
    for (size_t i = 0; i < kGroup; i += hn::MaxLanes(d)) {
      const auto x = hn::Sub(hn::LoadU(d, group + i), hn::Set(d, max));
      hn::Store(Exponential(d, x), d, group_exp + i);
    }
    // Infinity less itself is NaN, and stays.
    if (largest - c < kGroup && group_exp[largest - c] == 1) group_exp[largest - c] = 0;
    others.Add(group_exp);
  }
  return {static_cast<double>(max), std::log1p(others.Total())};
}

// The target of one row, as a mass for each class: q_c = w_c ((1 - s) t_c + s / C).
template <class T>
struct RowTarget {
  // The target of row r with smoothing s.
  HWY_INLINE RowTarget(const Block<T>& block, size_t r, double s)
      : distribution(block.target ? block.target + r * block.width : nullptr),
        class_weights(block.class_parameter),
        label(block.index ? static_cast<size_t>(block.index[r]) : block.width),
        keep(1 - s),
        uniform(s / static_cast<double>(block.width)) {}

  // Whether classes beside the label take part.
  bool dense() const { return distribution != nullptr || uniform != 0; }

  double Mass(size_t c) const {
    const double t = distribution ? static_cast<double>(distribution[c]) : (c == label ? 1 : 0);
    return (keep * t + uniform) * (class_weights ? static_cast<double>(class_weights[c]) : 1);
  }

  const T* distribution;   // [classes], null for class indices
  const T* class_weights;  // [classes], null is 1
  size_t label;            // the number of classes if there is none
  double keep, uniform;    // 1 - s, s / C
};

struct RowSums {
  double value = 0;  // sum_c q_c (logsumexp - x_c)
  double mass = 0;   // sum_c q_c
  size_t heaviest;   // the class with the largest q_c
};

template <class T>
HWY_INLINE RowSums SumTarget(const RowTarget<T>& target, const T* row, size_t classes,
                             const LogNormalizer& log_normalizer) {
  RowSums sums = {.heaviest = target.dense() ? 0 : target.label};
  const size_t end = target.dense() ? classes : target.label + 1;
  for (size_t c = sums.heaviest; c < end; ++c) {
    const double mass = target.Mass(c);
    sums.mass += mass;
    if (mass != 0) sums.value += mass * -log_normalizer.LogProbability(row[c]);
    if (target.dense() && mass > target.Mass(sums.heaviest)) sums.heaviest = c;
  }
  return sums;
}

// probability_c = p_c times a factor.
template <class T>
HWY_INLINE void RowProbability(const T* row, size_t classes, const LogNormalizer& log_normalizer,
                               const Factor<T>& factor, T* probability) {
  const GroupTag<T> d;
  alignas(64) T padded[kGroup], result[kGroup];
  const auto max = hn::Set(d, static_cast<T>(log_normalizer.max));
  const auto offset = hn::Set(d, static_cast<T>(log_normalizer.log_sum));
  for (size_t c = 0; c < classes; c += kGroup) {
    const size_t left = classes - c;
    const T* group = GroupAt(row + c, left, T{0}, padded);
    for (size_t i = 0; i < kGroup; i += hn::MaxLanes(d)) {
      const auto x = hn::Sub(hn::Sub(hn::LoadU(d, group + i), max), offset);
      hn::Store(Scaled(d, factor, Exponential(d, x)), d, result + i);
    }
    for (size_t i = 0; i < (left < kGroup ? left : kGroup); ++i) probability[c + i] = result[i];
  }
}

// gradient_c = scale (mass p_c - q_c).
template <class T>
HWY_INLINE void RowGradient(const RowTarget<T>& target, const T* row, size_t classes,
                            const LogNormalizer& log_normalizer, const RowSums& sums, double scale,
                            T* gradient) {
  const double factor = target.dense() ? 1 : scale * sums.mass;
  RowProbability(row, classes, log_normalizer, Factor<T>(factor), gradient);
  for (size_t c = 0; target.dense() && c < classes; ++c) {
    const auto p = static_cast<double>(gradient[c]);
    gradient[c] = static_cast<T>(scale * (sums.mass * p - target.Mass(c)));
  }
  // Where the target is nearly certain so may be the row: p - 1 in binary64, without a difference.
  const double log_p = log_normalizer.LogProbability(row[sums.heaviest]);
  const double mass = target.Mass(sums.heaviest);
  gradient[sums.heaviest] =
      static_cast<T>(scale * ((sums.mass - mass) * std::exp(log_p) + mass * std::expm1(log_p)));
}

// What each class adds to the value of its row.
template <class T>
HWY_INLINE void RowClassValue(const RowTarget<T>& target, const T* row, size_t classes,
                              const LogNormalizer& log_normalizer, double scale, T* class_value) {
  for (size_t c = 0; c < classes; ++c) {
    const double mass = target.Mass(c);
    const double part = mass == 0 ? 0 : mass * -log_normalizer.LogProbability(row[c]);
    class_value[c] = static_cast<T>(scale * part);
  }
}

// What multiplies value and gradient of cross entropy.
struct Focus {
  double value = 1;
  double gradient = 1;
};

// The part of row r of an array [count, width] that may be null.
template <class T>
HWY_INLINE T* RowOf(T* array, const Block<T>& block, size_t r) {
  return array ? array + r * block.width : nullptr;
}

template <class T>
HWY_INLINE double ExcludeRow(const Block<T>& block, size_t r) {
  for (T* array : {RowOf(block.gradient, block, r), RowOf(block.class_value, block, r)}) {
    if (array) std::fill_n(array, block.width, T{0});
  }
  if (block.value) block.value[r] = 0;
  return 0;
}

template <class Loss, class T>
double RunRow(const Loss& loss, const Block<T>& block, size_t r) {
  const T* row = block.prediction + r * block.width;
  const double weight = block.weight ? static_cast<double>(block.weight[r]) : 1;
  if (weight == 0) return ExcludeRow(block, r);
  const LogNormalizer log_normalizer = Normalize(row, block.width, RowMax(row, block.width));
  const RowTarget<T> target(block, r, loss.smoothing());
  const RowSums sums = SumTarget(target, row, block.width, log_normalizer);
  const Focus focus = loss.FocusAt(log_normalizer.LogProbability(row[sums.heaviest]));
  const double value = weight * focus.value * sums.value;
  if (block.value) block.value[r] = static_cast<T>(block.value_scale * value);
  if (T* gradient = RowOf(block.gradient, block, r)) {
    const double scale = block.gradient_scale * weight * focus.gradient;
    RowGradient(target, row, block.width, log_normalizer, sums, scale, gradient);
  }
  if (block.log_normalizer) block.log_normalizer[r] = log_normalizer;
  if (T* class_value = RowOf(block.class_value, block, r)) {
    const double scale = block.value_scale * weight * focus.value;
    RowClassValue(target, row, block.width, log_normalizer, scale, class_value);
  }
  return value;
}

// The sum runs over 16 virtual lanes, as in the other families.
template <class Loss, class T>
double RunRows(const ParameterValues& parameters, const Block<T>& block) {
  const Loss loss(parameters);
  LaneSum sum;
  for (size_t r = 0; r < block.count; r += kGroup) {
    alignas(64) double values[kGroup] = {};
    const size_t end = block.count - r < kGroup ? block.count - r : kGroup;
    for (size_t i = 0; i < end; ++i) values[i] = RunRow(loss, block, r + i);
    sum.Add(values);
  }
  return sum.Total();
}

template <class Loss>
const LossKernels& RowKernels() {
  static constexpr LossKernels kKernels = {&RunRows<Loss, float>, &RunRows<Loss, double>};
  return kKernels;
}

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#endif  // toggle
