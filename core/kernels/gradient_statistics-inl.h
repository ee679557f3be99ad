// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// How large the gradient of a block is.

#include <cmath>
#include <cstddef>

#include "core/kernels/kernels.h"
#include "core/kernels/statistics.h"

#if defined(DETLOSS_CORE_KERNELS_GRADIENT_STATISTICS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DETLOSS_CORE_KERNELS_GRADIENT_STATISTICS_INL_H_
#undef DETLOSS_CORE_KERNELS_GRADIENT_STATISTICS_INL_H_
#else
#define DETLOSS_CORE_KERNELS_GRADIENT_STATISTICS_INL_H_
#endif

#include "core/kernels/group-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// A SquareSum, lane by lane. Squares are rounded before they are added, so that targets with and
// without fused multiply-add agree.
template <class T>
class SquareLanes {
  using D = GroupTag<double>;
  using V = hn::Vec<D>;

 public:
  HWY_INLINE SquareLanes() {}  // NOLINT: an implicit one is not compiled for the target

  // Adds the squares of lanes of absolute values of T from `lane` on.
  HWY_INLINE void Add(size_t lane, V size) {
    const D d;
    if constexpr (sizeof(T) < sizeof(double)) {
      middle_.Add(d, lane, hn::Mul(size, size));
      return;
    }
    const auto large = hn::Gt(size, hn::Set(d, SquareSum::kLarge));
    const auto small = hn::Lt(size, hn::Set(d, SquareSum::kSmall));
    middle_.Add(d, lane, hn::IfThenZeroElse(hn::Or(large, small), hn::Mul(size, size)));
    const auto vanishing = hn::And(small, hn::Gt(size, hn::Zero(d)));
    if (HWY_LIKELY(hn::AllFalse(d, hn::Or(large, vanishing)))) return;
    const V down = hn::Mul(size, hn::Set(d, 1 / SquareSum::kScale));
    large_.AddWhere(d, lane, large, hn::Mul(down, down));
    const V up = hn::Mul(size, hn::Set(d, SquareSum::kScale));
    small_.AddWhere(d, lane, small, hn::Mul(up, up));
  }

  HWY_INLINE SquareSum Total() const {
    return {.large = large_.Total(), .middle = middle_.Total(), .small = small_.Total()};
  }

 private:
  LaneSum large_, middle_, small_;
};

// The largest of absolute values, a NaN left out or not.
class LargestLanes {
  using D = GroupTag<double>;
  using V = hn::Vec<D>;
  static constexpr size_t kVectors = kGroup / hn::MaxLanes(D());

 public:
  HWY_INLINE LargestLanes() {
    for (V& largest : largest_) largest = hn::Zero(D());
  }
  HWY_INLINE void Add(size_t lane, V size) {
    V& largest = largest_[lane / hn::MaxLanes(D())];
    largest = hn::Max(size, largest);
  }
  HWY_INLINE double Total() const {
    V largest = largest_[0];
    for (size_t k = 1; k < kVectors; ++k) largest = hn::Max(largest, largest_[k]);
    return hn::GetLane(hn::MaxOfLanes(D(), largest));
  }

 private:
  V largest_[kVectors];
};

// Excluded items need no care: kernels give them a gradient of 0.
template <class T>
HWY_INLINE void SumGradients(const T* gradient, size_t count, StatisticsSums& sums) {
  const GroupTag<double> d;
  SquareLanes<T> squares;
  LargestLanes largest;
  ForEachVector(d, count, [&](size_t i, size_t lane, size_t left) HWY_ATTR {
    const auto size = hn::Abs(LoadPartAsDouble(d, gradient + i, left));
    squares.Add(lane, size);
    largest.Add(lane, size);
  });
  sums.gradient_squares = squares.Total();
  // Squares are never subtracted, so that a NaN among them is one of a gradient.
  const double nan = sums.gradient_squares.middle;
  sums.counts.gradient_abs_max = std::isnan(nan) ? nan : largest.Total();
}

// How many of the items of a block have a weight other than 0.
template <class T>
HWY_INLINE size_t CountIncluded(const Block<T>& block) {
  if (block.weight == nullptr) return block.count;
  const GroupTag<T> d;
  const auto* const weights = block.weight;
  size_t excluded = 0;
  ForEachVector(d, block.count, [&](size_t i, size_t /*lane*/, size_t left) HWY_ATTR {
    const auto weight = LoadPart(d, weights + i, left, hn::Set(d, 1));
    excluded += hn::CountTrue(d, hn::Eq(weight, hn::Zero(d)));
  });
  return block.count - excluded;
}

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#endif  // toggle
