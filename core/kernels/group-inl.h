// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What the drivers share: groups, factors, weights, and sums in an order that does not depend on
// the vector width: 16 virtual lanes in binary64, combined as a tree.

#include <algorithm>
#include <cstddef>
#include <type_traits>

#if defined(DETLOSS_CORE_KERNELS_GROUP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DETLOSS_CORE_KERNELS_GROUP_INL_H_
#undef DETLOSS_CORE_KERNELS_GROUP_INL_H_
#else
#define DETLOSS_CORE_KERNELS_GROUP_INL_H_
#endif

#include "core/kernels/kernels.h"
#include "core/kernels/tail.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Lanes of a group: the unit in which kernels walk over a block on every target.
inline constexpr size_t kGroup = 16;

template <class T>
using GroupTag = hn::CappedTag<T, kGroup>;

// Fetches the memory that follows that of kVectors vectors at `here` in a while, for reading or
// writing as T says: the hardware foresees nothing beyond the end of a page of 4 KiB.
template <size_t kVectors, class T, class D>
HWY_INLINE void PrefetchAfter(T* here, D /*d*/) {
  constexpr size_t kAhead = 2048, kLine = 64;
  constexpr size_t kBytes = kVectors * hn::MaxLanes(D()) * sizeof(T);
  const auto* const next = reinterpret_cast<const std::byte*>(here) + kAhead;
  for (size_t offset = 0; offset < kBytes; offset += kLine) {
    __builtin_prefetch(next + offset, std::is_const_v<T> ? 0 : 1);
  }
}

// Elements from `from` on: numbers, or Unaligned ones.
template <class D, class Element, class V = hn::Vec<D>>
HWY_INLINE V LoadAll(D d, const Element* from) {
#if HWY_TARGET == HWY_SCALAR
  return hn::Set(d, static_cast<hn::TFromD<D>>(*from));
#else
  return hn::LoadU(d, reinterpret_cast<const hn::TFromD<D>*>(from));
#endif
}

// The same where `left` of them are there; the other lanes are `fill`.
template <class D, class Element, class V = hn::Vec<D>>
HWY_INLINE V LoadPart(D d, const Element* from, size_t left, V fill) {
  if (HWY_LIKELY(left >= hn::MaxLanes(d))) return LoadAll(d, from);
#if HWY_TARGET <= HWY_AVX2
  const auto there = hn::FirstN(d, left);
  return hn::IfThenElse(
      there, hn::MaskedLoad(there, d, reinterpret_cast<const hn::TFromD<D>*>(from)), fill);
#else
  alignas(64) hn::TFromD<D> part[hn::MaxLanes(D())];
  hn::Store(fill, d, part);
  std::copy_n(from, left, part);
  return hn::Load(d, part);
#endif
}

// Stores as many lanes as are left.
template <class D, class T, class V = hn::Vec<D>>
HWY_INLINE void StorePart(D d, V x, T* to, size_t left) {
  if (HWY_LIKELY(left >= hn::MaxLanes(d))) return hn::StoreU(x, d, to);
#if HWY_TARGET <= HWY_AVX2
  hn::BlendedStore(x, hn::FirstN(d, left), d, to);
#else
  alignas(64) T part[hn::MaxLanes(D())];
  hn::Store(x, d, part);
  std::copy_n(part, left, to);
#endif
}

// Runs body(c, lane, left) for vectors of a row of `count` elements, group by group: vectors begin
// at element c and at `lane` of their group, and `left` elements of them are there.
template <class D, class Body>
HWY_INLINE void ForEachVector(D /*d*/, size_t count, const Body& body) {
  constexpr size_t kLanes = hn::MaxLanes(D());
  size_t c = 0;
  for (; c + kGroup <= count; c += kGroup) {
    for (size_t lane = 0; lane < kGroup; lane += kLanes) body(c + lane, lane, kLanes);
  }
  if (c == count) return;
  for (size_t lane = 0; lane < kGroup; lane += kLanes) {
    body(c + lane, lane, c + lane < count ? count - c - lane : 0);
  }
}

// Has `loop` run over a block group by group; the last one is padded if items are missing.
template <size_t kWidth, class T, class Loop>
HWY_INLINE void ForEachGroup(const Block<T>& block, Loop& loop) {
  size_t i = 0;
  for (; i + kGroup <= block.count; i += kGroup) loop.Group(block, i);
  if (i == block.count) return;
  const Block<T> rest = block.From(i);
  const PaddedTail<T, kWidth, kGroup> tail(rest);
  loop.Group(tail.block(), 0);
  tail.StoreResults();
}

// LoadPart() and StorePart() in binary64 whatever the type is; the other lanes are 0.
template <class D, class Element, class V = hn::Vec<D>>
HWY_INLINE V LoadPartAsDouble(D d, const Element* from, size_t left) {
  if constexpr (sizeof(Element) == sizeof(double)) {
    return LoadPart(d, from, left, hn::Zero(d));
  } else {
    const hn::Rebind<float, D> half;
    return hn::PromoteTo(d, LoadPart(half, from, left, hn::Zero(half)));
  }
}
template <class D, class V = hn::Vec<D>>
HWY_INLINE void StorePartOfDouble(D d, V x, double* to, size_t left) {
  StorePart(d, x, to, left);
}
template <class D, class V = hn::Vec<D>>
HWY_INLINE void StorePartOfDouble(D /*d*/, V x, float* to, size_t left) {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
  // Highway makes the largest number of what is beyond the type here, and infinity elsewhere.
  alignas(64) double all[hn::MaxLanes(D())];
  hn::Store(x, D(), all);
  std::transform(all, all + std::min(left, hn::MaxLanes(D())), to,
                 [](double each) { return static_cast<float>(each); });
#else
  const hn::Rebind<float, D> half;
  StorePart(half, hn::DemoteTo(half, x), to, left);
#endif
}

// The items from `i` on that have a weight other than 0, of `left` that are there.
template <class D, class T>
HWY_INLINE hn::Mask<D> Included(D d, const Unaligned<T>* weight, size_t i, size_t left) {
  if (weight == nullptr) return hn::FirstN(d, left);
  return hn::Not(hn::Eq(LoadPartAsDouble(d, weight + i, left), hn::Zero(d)));
}

// Sums of groups, lane by lane.
class LaneSum {
  using D = GroupTag<double>;
  static constexpr size_t kVectors = kGroup / hn::MaxLanes(D());

 public:
  HWY_INLINE LaneSum() {
    for (auto& sum : sums_) sum = hn::Zero(D());
  }

  // Adds the lanes of a group from `lane` on.
  template <class V>
  HWY_INLINE void Add(GroupTag<float> /*d*/, size_t lane, V x) {
    const D d;
    [[maybe_unused]] const hn::Rebind<float, D> half;
    auto* const sums = sums_ + lane / hn::MaxLanes(d);
#if HWY_TARGET == HWY_SCALAR
    sums[0] = hn::Add(sums[0], hn::PromoteTo(d, x));
#else
    sums[0] = hn::Add(sums[0], hn::PromoteTo(d, hn::LowerHalf(half, x)));
    sums[1] = hn::Add(sums[1], hn::PromoteTo(d, hn::UpperHalf(half, x)));
#endif
  }
  template <class V>
  HWY_INLINE void Add(GroupTag<double> d, size_t lane, V x) {
    auto& sum = sums_[lane / hn::MaxLanes(d)];
    sum = hn::Add(sum, x);
  }

  // Adds those of them that `mask` holds.
  template <class M, class V>
  HWY_INLINE void AddWhere(GroupTag<double> d, size_t lane, M mask, V x) {
    auto& sum = sums_[lane / hn::MaxLanes(d)];
    sum = hn::IfThenElse(mask, hn::Add(sum, x), sum);
  }

  HWY_INLINE double Total() const {
    hn::Vec<D> sums[kVectors];
    for (size_t k = 0; k < kVectors; ++k) sums[k] = sums_[k];
    for (size_t half = kVectors / 2; half > 0; half /= 2) {
      for (size_t k = 0; k < half; ++k) sums[k] = hn::Add(sums[k], sums[k + half]);
    }
    return TotalOf(D(), sums[0]);
  }

 private:
  template <class TD, class V>
  static HWY_INLINE double TotalOf(TD /*d*/, V x) {
#if HWY_TARGET != HWY_SCALAR
    if constexpr (hn::MaxLanes(TD()) > 1) {
      const hn::Half<TD> half;
      return TotalOf(half, hn::Add(hn::LowerHalf(half, x), hn::UpperHalf(half, x)));
    }
#endif
    return hn::GetLane(x);
  }

  hn::Vec<D> sums_[kVectors];
};

// Whether all numbers that were seen are finite: their products with 0 add up to 0.
template <class T>
class FiniteCheck {
  using D = GroupTag<T>;
  using V = hn::Vec<D>;

 public:
  HWY_INLINE FiniteCheck() : sum_(hn::Zero(D())) {}
  HWY_INLINE void See(V x) { sum_ = hn::MulAdd(x, hn::Zero(D()), sum_); }
  HWY_INLINE bool AllFinite() const { return hn::AllTrue(D(), hn::Eq(sum_, sum_)); }

 private:
  V sum_;
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

// The same, or NaN where `poison` is NaN and not 0.
template <class D, class T, class V = hn::Vec<D>>
HWY_INLINE V Scaled(D d, const Factor<T>& factor, V x, V poison) {
  const V once = hn::Mul(x, hn::Add(hn::Set(d, factor.first), poison));
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
