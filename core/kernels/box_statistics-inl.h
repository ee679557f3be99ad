// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Kinds of boxes among the pairs of a block, and their IoU.

#include <cstddef>

#include "core/kernels/box_options.h"
#include "core/kernels/kernels.h"
#include "core/kernels/statistics.h"

#if defined(DETLOSS_CORE_KERNELS_BOX_STATISTICS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DETLOSS_CORE_KERNELS_BOX_STATISTICS_INL_H_
#undef DETLOSS_CORE_KERNELS_BOX_STATISTICS_INL_H_
#else
#define DETLOSS_CORE_KERNELS_BOX_STATISTICS_INL_H_
#endif

#include "core/kernels/box-inl.h"
#include "core/kernels/group-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Lanes of boxes by their corners, in binary64.
struct BoxCorners {
  using D = GroupTag<double>;
  using V = hn::Vec<D>;

  HWY_INLINE V Width() const { return hn::Sub(x2, x1); }
  HWY_INLINE V Height() const { return hn::Sub(y2, y1); }
  HWY_INLINE V Area() const {
    const V zero = hn::Zero(D());
    return hn::Mul(hn::Max(Width(), zero), hn::Max(Height(), zero));
  }
  HWY_INLINE hn::Mask<D> Inverted() const { return hn::Or(hn::Lt(x2, x1), hn::Lt(y2, y1)); }
  HWY_INLINE hn::Mask<D> Flat() const { return hn::Or(hn::Eq(x2, x1), hn::Eq(y2, y1)); }

  V x1, y1, x2, y2;
};

// Writes the corners of 16 pairs of boxes, those of the prediction first. They are rounded in T as
// those of the loss are, once a power of two for each axis brought the largest number of a pair
// near 1, so that no area overflows or underflows. Where a number is not finite, a corner is not.
template <class T>
HWY_INLINE void StoreCorners(const Block<T>& block, size_t begin, BoxFormat format,
                             T (*corners)[kGroup]) {
  const GroupTag<T> d;
  for (size_t lane = 0; lane < kGroup; lane += hn::MaxLanes(d)) {
    hn::Vec<GroupTag<T>> v[8];
    LoadBoxes(d, block.prediction + 4 * (begin + lane), v);
    LoadBoxes(d, block.target + 4 * (begin + lane), v + 4);
    for (size_t axis = 0; axis < 2; ++axis) {
      const auto scale = RangeScale(d, LargestOfAxis(d, v, axis));
      for (size_t k = axis; k < 8; k += 2) v[k] = hn::Mul(v[k], scale);
    }
    ToCorners(d, format, v);
    ToCorners(d, format, v + 4);
    for (size_t k = 0; k < 8; ++k) hn::Store(v[k], d, corners[k] + lane);
  }
}

// Runs over a block, group by group.
template <class T>
class BoxStatisticsLoop {
  using D = GroupTag<double>;
  using V = hn::Vec<D>;

 public:
  HWY_INLINE explicit BoxStatisticsLoop(BoxFormat format) : format_(format) {}

  // The 16 pairs from `begin` on.
  HWY_INLINE void Group(const Block<T>& block, size_t begin) {
    const D d;
    alignas(64) T corners[8][kGroup];
    StoreCorners(block, begin, format_, corners);
    for (size_t lane = 0; lane < kGroup; lane += hn::MaxLanes(d)) {
      V v[8];
      for (size_t k = 0; k < 8; ++k) v[k] = LoadPartAsDouble(d, corners[k] + lane, kGroup - lane);
      Add(lane, Included(d, block.weight, begin + lane, kGroup), {v[0], v[1], v[2], v[3]},
          {v[4], v[5], v[6], v[7]});
    }
  }

  HWY_INLINE void StoreTotals(StatisticsSums& sums) const {
    sums.box_count = static_cast<int64_t>(pairs_);
    sums.iou_sum = ious_.Total();
    sums.counts.degenerate_count = static_cast<int64_t>(degenerate_);
    sums.counts.inverted_count = static_cast<int64_t>(inverted_);
    sums.counts.non_overlapping_count = static_cast<int64_t>(separate_);
  }

 private:
  // A pair that is not finite is of no kind, and its IoU is NaN.
  HWY_INLINE void Add(size_t lane, hn::Mask<D> included, const BoxCorners& p, const BoxCorners& t) {
    const D d;
    const V zero = hn::Zero(d);
    const V nan_or_zero = hn::Add(Poison(p), Poison(t));
    const auto finite = hn::And(included, hn::Eq(nan_or_zero, zero));
    const BoxCorners both = {hn::Max(p.x1, t.x1), hn::Max(p.y1, t.y1), hn::Min(p.x2, t.x2),
                             hn::Min(p.y2, t.y2)};
    const V intersection = both.Area();
    const V area = hn::Sub(hn::Add(p.Area(), t.Area()), intersection);
    const auto has_area = hn::Gt(area, zero);
    const V divisor = hn::IfThenElse(has_area, area, hn::Set(d, 1));
    const V iou = hn::IfThenElseZero(has_area, hn::Div(intersection, divisor));
    ious_.AddWhere(d, lane, included, hn::Add(iou, nan_or_zero));
    const auto inverted = hn::Or(p.Inverted(), t.Inverted());
    const auto flat = hn::And(finite, hn::Or(p.Flat(), t.Flat()));
    pairs_ += hn::CountTrue(d, included);
    inverted_ += hn::CountTrue(d, hn::And(finite, inverted));
    degenerate_ += hn::CountTrue(d, hn::AndNot(inverted, flat));
    separate_ += hn::CountTrue(d, hn::AndNot(hn::Gt(intersection, zero), finite));
  }

  // 0 for finite corners, NaN for others.
  static HWY_INLINE V Poison(const BoxCorners& c) {
    const V zero = hn::Zero(D());
    return hn::Add(hn::Add(hn::Mul(c.x1, zero), hn::Mul(c.y1, zero)),
                   hn::Add(hn::Mul(c.x2, zero), hn::Mul(c.y2, zero)));
  }

  const BoxFormat format_;
  size_t pairs_ = 0, degenerate_ = 0, inverted_ = 0, separate_ = 0;
  LaneSum ious_;
};

template <class T>
HWY_INLINE void SumBoxes(const StatisticsFacts& facts, const Block<T>& block,
                         StatisticsSums& sums) {
  Block<T> inputs = block;
  inputs.value = inputs.gradient = nullptr;
  BoxStatisticsLoop<T> loop(facts.format);
  ForEachGroup<4>(inputs, loop);
  loop.StoreTotals(sums);
}

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#endif  // toggle
