// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What the drivers share: groups, factors, weights, and sums in an order that does not depend on
// the vector width: 16 virtual lanes in binary64, combined as a tree.

#include <cstddef>

#if defined(DETLOSS_CORE_KERNELS_GROUP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DETLOSS_CORE_KERNELS_GROUP_INL_H_
#undef DETLOSS_CORE_KERNELS_GROUP_INL_H_
#else
#define DETLOSS_CORE_KERNELS_GROUP_INL_H_
#endif

#include "core/kernels/kernels.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Lanes of a group: the unit in which kernels walk over a block on every target.
inline constexpr size_t kGroup = 16;

template <class T>
using GroupTag = hn::CappedTag<T, kGroup>;

class LaneSum {
  using D = GroupTag<double>;
  static constexpr size_t kVectors = kGroup / hn::MaxLanes(D());

 public:
  HWY_INLINE LaneSum() {
    for (auto& sum : sums_) sum = hn::Zero(D());
  }

  // Adds a group of 16, aligned to 64 bytes.
  HWY_INLINE void Add(const float* HWY_RESTRICT group) {
    const D d;
    const hn::Rebind<float, D> half;
    for (size_t k = 0; k < kVectors; ++k) {
      const auto x = hn::Load(half, group + k * hn::MaxLanes(d));
      sums_[k] = hn::Add(sums_[k], hn::PromoteTo(d, x));
    }
  }
  HWY_INLINE void Add(const double* HWY_RESTRICT group) {
    const D d;
    for (size_t k = 0; k < kVectors; ++k) {
      sums_[k] = hn::Add(sums_[k], hn::Load(d, group + k * hn::MaxLanes(d)));
    }
  }

  HWY_INLINE double Total() const {
    const D d;
    alignas(64) double lanes[kGroup];
    for (size_t k = 0; k < kVectors; ++k) hn::Store(sums_[k], d, lanes + k * hn::MaxLanes(d));
    for (size_t half = kGroup / 2; half > 0; half /= 2) {
      for (size_t i = 0; i < half; ++i) lanes[i] += lanes[i + half];
    }
    return lanes[0];
  }

 private:
  hn::Vec<D> sums_[kVectors];
};

// The factors of a block.
template <class T>
struct Scales {
  explicit Scales(const Block<T>& block)
      : value(block.value_scale), gradient(block.gradient_scale) {}
  Factor<T> value, gradient;
};

template <class D, class T, class V = hn::Vec<D>>
HWY_INLINE V Scaled(D d, const Factor<T>& factor, V x) {
  const V once = hn::Mul(x, hn::Set(d, factor.first));
  if (HWY_LIKELY(factor.second == 1)) return once;
  return hn::Mul(once, hn::Set(d, factor.second));
}

// weight x value, where a weight of 0 gives 0 whatever the value is.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Weighted(D d, V weight, V value) {
  const auto excluded = hn::Eq(weight, hn::Zero(d));
  return hn::IfThenZeroElse(excluded, hn::Mul(weight, value));
}

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#endif  // toggle
