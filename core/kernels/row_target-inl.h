// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The target of a row of classes, and the value that the row has by it.

#include <cmath>
#include <cstddef>

#include "core/kernels/kernels.h"

#if defined(DETLOSS_CORE_KERNELS_ROW_TARGET_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DETLOSS_CORE_KERNELS_ROW_TARGET_INL_H_
#undef DETLOSS_CORE_KERNELS_ROW_TARGET_INL_H_
#else
#define DETLOSS_CORE_KERNELS_ROW_TARGET_INL_H_
#endif

#include "core/kernels/group-inl.h"
#include "core/kernels/math-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

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

  // The masses of lanes from class c on, of which `left` are there; the others have none.
  template <class D, class V = hn::Vec<D>>
  HWY_INLINE V Masses(D d, size_t c, size_t left) const {
    const V one = hn::Set(d, 1);
    V t = hn::Zero(d);
    if (distribution) {
      t = LoadPartAsDouble(d, distribution + c, left);
    } else if (label - c < hn::MaxLanes(d)) {
      t = hn::IfThenElseZero(hn::Eq(hn::Iota(d, 0), hn::Set(d, static_cast<double>(label - c))),
                             one);
    }
    const V mass = hn::MulAdd(hn::Set(d, keep), t, hn::Set(d, uniform));
    if (class_weights) return hn::Mul(mass, LoadPartAsDouble(d, class_weights + c, left));
    return hn::IfThenElseZero(hn::FirstN(d, left), mass);
  }

  // The mass of the label. REQUIRES: !dense().
  double LabelMass() const { return class_weights ? static_cast<double>(class_weights[label]) : 1; }

  const Unaligned<T>* distribution;  // [classes], null for class indices
  const T* class_weights;            // [classes], null is 1
  size_t label;                      // the number of classes if there is none
  double keep, uniform;              // 1 - s, s / C
};

struct RowSums {
  double value = 0;  // sum_c q_c (logsumexp - x_c)
  double mass = 0;   // sum_c q_c
};

// What lanes of classes add to the value of their row: nothing where they have no mass, unless the
// row is NaN.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V ClassValues(D d, V mass, V x, const LogNormalizer& log_normalizer) {
  const V log_p =
      hn::Sub(hn::Sub(x, hn::Set(d, log_normalizer.max)), hn::Set(d, log_normalizer.log_sum));
  return Gated(d, mass, hn::Neg(log_p));
}

template <class T>
HWY_INLINE RowSums SumTarget(const RowTarget<T>& target, const Unaligned<T>* row, size_t classes,
                             const LogNormalizer& log_normalizer) {
  if (!target.dense()) {
    const double mass = target.LabelMass();
    const double log_p = log_normalizer.LogProbability(row[target.label]);
    // Without a mass there is no value, also for a logit of -infinity.
    if (mass == 0 && !std::isnan(log_p)) return {};
    return {mass * -log_p, mass};
  }
  const GroupTag<double> d;
  LaneSum values, masses;
  ForEachVector(d, classes, [&](size_t c, size_t lane, size_t left) HWY_ATTR {
    const auto mass = target.Masses(d, c, left);
    const auto x = LoadPartAsDouble(d, row + c, left);
    masses.Add(d, lane, mass);
    values.Add(d, lane, ClassValues(d, mass, x, log_normalizer));
  });
  return {values.Total(), masses.Total()};
}

// What each class adds to the value of its row.
template <class T>
HWY_INLINE void RowClassValue(const RowTarget<T>& target, const Unaligned<T>* row, size_t classes,
                              const LogNormalizer& log_normalizer, double scale, T* class_value) {
  const GroupTag<double> d;
  ForEachVector(d, classes, [&](size_t c, size_t /*lane*/, size_t left) HWY_ATTR {
    const auto mass = target.Masses(d, c, left);
    const auto value = ClassValues(d, mass, LoadPartAsDouble(d, row + c, left), log_normalizer);
    StorePartOfDouble(d, hn::Mul(hn::Set(d, scale), value), class_value + c, left);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#endif  // toggle
