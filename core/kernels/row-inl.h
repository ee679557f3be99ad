// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The driver of softmax losses: per row a maximum, the sum of exponentials, and the gradient. The
// loss is a policy that turns the log-probability of the label into a value and a multiplier of the
// cross-entropy gradient; the driver owns targets, smoothing, class weights and row weights.

#include <cmath>
#include <cstddef>

#include "core/kernels/kernels.h"

#if defined(DETLOSS_CORE_KERNELS_ROW_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DETLOSS_CORE_KERNELS_ROW_INL_H_
#undef DETLOSS_CORE_KERNELS_ROW_INL_H_
#else
#define DETLOSS_CORE_KERNELS_ROW_INL_H_
#endif

#include "core/kernels/math-inl.h"
#include "core/kernels/sum-inl.h"
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

template <class T>
HWY_INLINE LogNormalizer Normalize(const T* row, size_t count, T max) {
  const GroupTag<T> d;
  alignas(64) T padded[kGroup], group_exp[kGroup];
  LaneSum sum;
  for (size_t c = 0; c < count; c += kGroup) {
    const T* group = GroupAt(row + c, count - c, -std::numeric_limits<T>::infinity(), padded);
    for (size_t i = 0; i < kGroup; i += hn::MaxLanes(d)) {
      const auto x = hn::Sub(hn::LoadU(d, group + i), hn::Set(d, max));
      hn::Store(Exponential(d, x), d, group_exp + i);
    }
    sum.Add(group_exp);
  }
  return {static_cast<double>(max), std::log(sum.Total())};
}

// The target of one row: q_c = w_c ((1 - s) t_c + s / C), and the label on top of it for class
// indices. The value of cross entropy is sum_c q_c (logsumexp - x_c).
template <class T>
struct RowTarget {
  const T* distribution;   // [classes], null for class indices
  const T* class_weights;  // [classes], null is 1
  T keep;                  // 1 - s
  T uniform;               // s / C
  double label_mass;       // weight of the label, 0 for distributions
  size_t label;

  // Whether every class takes part, beside the label.
  bool dense() const { return distribution != nullptr || uniform != 0; }

  T Mass(size_t c) const {
    const T t = distribution ? keep * distribution[c] : T{0};
    return (t + uniform) * (class_weights ? class_weights[c] : T{1});
  }
};

struct RowSums {
  double value = 0;  // sum_c q_c (logsumexp - x_c), label included
  double mass = 0;   // sum_c q_c, label included
};

template <class T>
HWY_INLINE RowSums SumTarget(const RowTarget<T>& target, const T* row, size_t classes,
                             const LogNormalizer& log_normalizer) {
  RowSums sums;
  if (target.dense()) {
    for (size_t c = 0; c < classes; ++c) {
      const double mass = static_cast<double>(target.Mass(c));
      sums.mass += mass;
      if (mass != 0) sums.value += mass * -log_normalizer.LogProbability(row[c]);
    }
  }
  if (target.label_mass != 0) {
    sums.mass += target.label_mass;
    sums.value += target.label_mass * -log_normalizer.LogProbability(row[target.label]);
  }
  return sums;
}

// gradient_c = scale (mass p_c - q_c).
template <class T>
HWY_INLINE void RowGradient(const RowTarget<T>& target, const T* row, size_t classes, T max,
                            const LogNormalizer& log_normalizer, double mass, double scale,
                            T* gradient) {
  const GroupTag<T> d;
  alignas(64) T padded[kGroup], result[kGroup];
  const auto offset = hn::Set(d, static_cast<T>(log_normalizer.log_sum));
  const auto factor = hn::Set(d, InRange<T>(scale * mass));
  for (size_t c = 0; c < classes; c += kGroup) {
    const size_t left = classes - c;
    const T* group = GroupAt(row + c, left, T{0}, padded);
    for (size_t i = 0; i < kGroup; i += hn::MaxLanes(d)) {
      const auto x = hn::Sub(hn::Sub(hn::LoadU(d, group + i), hn::Set(d, max)), offset);
      hn::Store(hn::Mul(factor, Exponential(d, x)), d, result + i);
    }
    for (size_t i = 0; i < (left < kGroup ? left : kGroup); ++i) gradient[c + i] = result[i];
  }
  if (target.dense()) {
    const T in_range = InRange<T>(scale);
    for (size_t c = 0; c < classes; ++c) gradient[c] -= in_range * target.Mass(c);
  }
  if (target.label_mass != 0) {
    // p - 1 in binary64, where p is too near to 1 for the type of the row.
    const double log_p = log_normalizer.LogProbability(row[target.label]);
    const double base = target.dense() ? static_cast<double>(target.Mass(target.label)) : 0;
    gradient[target.label] =
        static_cast<T>(scale * (target.label_mass * std::expm1(log_p) +
                                (mass - target.label_mass) * std::exp(log_p) - base));
  }
}

template <class Loss, class T>
double RunRow(const Loss& loss, const Block<T>& block, size_t r) {
  const T* row = block.prediction + r * block.width;
  const double weight = block.weight ? static_cast<double>(block.weight[r]) : 1;
  T* gradient = block.gradient ? block.gradient + r * block.width : nullptr;
  const T max = RowMax(row, block.width);
  const LogNormalizer log_normalizer = Normalize(row, block.width, max);
  if (block.log_normalizer) block.log_normalizer[r] = log_normalizer;
  if (weight == 0) {
    if (gradient) std::fill_n(gradient, block.width, T{0});
    if (block.value) block.value[r] = 0;
    return 0;
  }
  const RowTarget<T> target = loss.template Target<T>(block, r);
  RowSums sums = SumTarget(target, row, block.width, log_normalizer);
  const double multiplier = loss.Focus(row, target, log_normalizer, sums);
  const double value = weight * sums.value;
  if (block.value) block.value[r] = static_cast<T>(block.value_scale * value);
  if (gradient) {
    RowGradient(target, row, block.width, max, log_normalizer, sums.mass,
                block.gradient_scale * weight * multiplier, gradient);
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

// The target of row r with smoothing s.
template <class T>
HWY_INLINE RowTarget<T> MakeTarget(const Block<T>& block, size_t r, double s) {
  const T* distribution = block.target ? block.target + r * block.width : nullptr;
  RowTarget<T> target = {distribution,
                         block.class_parameter,
                         static_cast<T>(1 - s),
                         static_cast<T>(s / static_cast<double>(block.width)),
                         0,
                         0};
  if (block.index != nullptr) {
    target.label = static_cast<size_t>(block.index[r]);
    const T* weights = block.class_parameter;
    target.label_mass = (1 - s) * (weights ? static_cast<double>(weights[target.label]) : 1);
  }
  return target;
}

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#endif  // toggle
