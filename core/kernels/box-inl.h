// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The driver of box losses: it owns the loop, the tail, formats, weights, range safety and the sum;
// the loss is one formula over pairs of boxes, run on lanes for the value and on dual lanes for the
// value and the gradient.

#include <cstddef>
#include <limits>

#include "core/kernels/kernels.h"
#include "core/kernels/tail.h"
#include "core/losses/parameters.h"

#if defined(DETLOSS_CORE_KERNELS_BOX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DETLOSS_CORE_KERNELS_BOX_INL_H_
#undef DETLOSS_CORE_KERNELS_BOX_INL_H_
#else
#define DETLOSS_CORE_KERNELS_BOX_INL_H_
#endif

#include "core/kernels/dual-inl.h"
#include "core/kernels/group-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// The power of two by which to multiply numbers so that the largest, `largest`, comes near 1: then
// no product of two overflows, and one underflows only beside a far larger one.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V RangeScale(D d, V largest) {
  using T = hn::TFromD<D>;
  const hn::RebindToUnsigned<D> du;
  using U = hn::TFromD<decltype(du)>;
  constexpr int kMantissa = std::numeric_limits<T>::digits - 1;
  constexpr U kBias = static_cast<U>(std::numeric_limits<T>::max_exponent - 1);
  const auto exponent =
      hn::And(hn::BitCast(du, largest), hn::Set(du, (2 * kBias + 1) << kMantissa));
  const auto highest = hn::Set(du, (2 * kBias - 2) << kMantissa);
  const auto clamped = hn::Min(exponent, highest);
  return hn::BitCast(d, hn::Sub(hn::Set(du, (2 * kBias - 1) << kMantissa), clamped));
}

// A prediction and a target by their corners, and what every formula needs of them.
template <class N>
struct BoxPair {
  using V = typename N::V;

  N x1, y1, x2, y2;      // prediction
  N gx1, gy1, gx2, gy2;  // target
  Convention convention;

  // In EXACT each axis has a scale of its own, which overlap does not see. These bring lengths to
  // the same one.
  V x_unit, y_unit;

  // The length from a to b: at least 0 in EXACT, signed in TORCHVISION.
  HWY_INLINE N Side(const N& a, const N& b) const {
    if (convention == Convention::kTorchvision) return b - a;
    return Max(b - a, N::Constant(typename N::T{0}));
  }

  HWY_INLINE N Intersection() const {
    const N w = Min(x2, gx2) - Max(x1, gx1), h = Min(y2, gy2) - Max(y1, gy1);
    const N zero = N::Constant(typename N::T{0});
    if (convention == Convention::kExact) return WithoutTrace(Max(w, zero) * Max(h, zero));
    const auto overlap = hn::And(hn::Gt(w.value, zero.value), hn::Gt(h.value, zero.value));
    return Select(overlap, w * h, zero);
  }
  // An area below the normal numbers has too few digits for a slope: it counts as none. Touching
  // boxes, whose area is 0, keep theirs.
  HWY_INLINE N WithoutTrace(const N& area) const {
    const N zero = N::Constant(typename N::T{0});
    const auto least = hn::Set(typename N::D(), std::numeric_limits<typename N::T>::min());
    return Select(hn::And(hn::Gt(area.value, zero.value), hn::Lt(area.value, least)), zero, area);
  }
  HWY_INLINE N Union(const N& intersection) const {
    return Side(x1, x2) * Side(y1, y2) + Side(gx1, gx2) * Side(gy1, gy2) - intersection;
  }
  HWY_INLINE N Iou() const {
    const N intersection = Intersection();
    return Ratio(intersection, Union(intersection));
  }

  HWY_INLINE N EnclosingWidth() const { return Side(Min(x1, gx1), Max(x2, gx2)); }
  HWY_INLINE N EnclosingHeight() const { return Side(Min(y1, gy1), Max(y2, gy2)); }

  // Squared distance of the centers over the squared diagonal of the enclosing box.
  HWY_INLINE N CenterDistance() const {
    const typename N::D d;
    const N width = EnclosingWidth(), height = EnclosingHeight();
    V x = x_unit, y = y_unit;
    if (convention == Convention::kExact) {
      // The boxes may be far smaller than their coordinates are.
      const V unit = RangeScale(d, hn::Max(hn::Mul(width.value, x), hn::Mul(height.value, y)));
      x = hn::Mul(x, unit);
      y = hn::Mul(y, unit);
    }
    const V half = hn::Set(d, 0.5);
    // Corner by corner, so that equal boxes have no distance.
    const N dx = Times(hn::Mul(x, half), (x1 - gx1) + (x2 - gx2));
    const N dy = Times(hn::Mul(y, half), (y1 - gy1) + (y2 - gy2));
    const N cw = Times(x, width), ch = Times(y, height);
    return Ratio(dx * dx + dy * dy, cw * cw + ch * ch);
  }

  // The angle of the diagonal of a box with these sides.
  HWY_INLINE N Angle(const N& width, const N& height) const {
    return Arctangent(Times(x_unit, width), Times(y_unit, height));
  }

  // x / y: 0 where y is 0 in EXACT, x / (y + 1e-7) in TORCHVISION.
  HWY_INLINE N Ratio(const N& x, const N& y) const {
    if (convention == Convention::kExact) return RatioOrZero(x, y);
    return x / (y + N::Constant(static_cast<typename N::T>(kTorchvisionEpsilon)));
  }
};

// Corners from the four numbers of a box.
template <class N>
HWY_INLINE void ToCorners(BoxFormat format, N& a, N& b, N& c, N& e) {
  if (format == BoxFormat::kXyxy) return;
  if (format == BoxFormat::kCxcywh) {
    const N half = N::Constant(static_cast<typename N::T>(0.5));
    a = a - c * half;
    b = b - e * half;
  }
  c = a + c;
  e = b + e;
}

// The power of two for one axis, whose numbers are every second of the eight from `v`.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V AxisScale(D d, const V* v) {
  V largest = hn::Zero(d);
  for (size_t k = 0; k < 8; k += 2) largest = hn::Max(largest, hn::Abs(v[k]));
  return RangeScale(d, largest);
}

// Lanes of boxes at `from`: four numbers each.
template <class D, class T, class V = hn::Vec<D>>
HWY_INLINE void LoadBoxes(D d, const T* from, V* v) {
#if HWY_TARGET == HWY_SCALAR
  for (size_t k = 0; k < 4; ++k) v[k] = hn::LoadU(d, from + k);
#else
  hn::LoadInterleaved4(d, from, v[0], v[1], v[2], v[3]);
#endif
}
template <class D, class T, class V = hn::Vec<D>>
HWY_INLINE void StoreBoxes(D d, const V* v, T* to) {
#if HWY_TARGET == HWY_SCALAR
  for (size_t k = 0; k < 4; ++k) hn::StoreU(v[k], d, to + k);
#else
  hn::StoreInterleaved4(v[0], v[1], v[2], v[3], d, to);
#endif
}

// Lanes of boxes: returns the value, unweighted, and writes the four partial derivatives.
template <size_t kPartials, class Loss, class D, class T, class V = hn::Vec<D>>
HWY_INLINE V BoxLanes(const Loss& loss, D d, const T* prediction, const T* target, V* partial) {
  using N = Number<D, kPartials>;
  V v[8];
  LoadBoxes(d, prediction, v);
  LoadBoxes(d, target, v + 4);
  // 0 for finite boxes, NaN for others: max and min would hide a NaN.
  V poison = hn::Zero(d);
  for (const V& number : v) poison = hn::MulAdd(number, hn::Zero(d), poison);
  V scale[2] = {hn::Set(d, 1), hn::Set(d, 1)};  // of x and y
  if (loss.options.convention == Convention::kExact) {
    for (size_t axis = 0; axis < 2; ++axis) scale[axis] = AxisScale(d, v + axis);
    for (size_t k = 0; k < 8; ++k) v[k] = hn::Mul(v[k], scale[k % 2]);
  }
  N n[8];
  for (size_t k = 0; k < 4; ++k) {
    n[k] = N::Variable(v[k], k);
    n[k + 4] = N::Constant(v[k + 4]);
  }
  ToCorners(loss.options.format, n[0], n[1], n[2], n[3]);
  ToCorners(loss.options.format, n[4], n[5], n[6], n[7]);
  const V common = hn::Min(scale[0], scale[1]);
  const N result =
      loss(BoxPair<N>{n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], loss.options.convention,
                      hn::Div(common, scale[0]), hn::Div(common, scale[1])});
  for (size_t k = 0; k < kPartials; ++k) {
    partial[k] = hn::Add(hn::Mul(result.partial[k], scale[k % 2]), poison);
  }
  return hn::Add(result.value, poison);
}

template <size_t kPartials, class Loss, class T>
HWY_INLINE void BoxGroup(const Loss& loss, const Block<T>& block, const Scales<T>& scales,
                         LaneSum& sum) {
  const GroupTag<T> d;
  alignas(64) T values[kGroup];
  for (size_t i = 0; i < kGroup; i += hn::MaxLanes(d)) {
    hn::Vec<GroupTag<T>> partial[4];
    auto value =
        BoxLanes<kPartials>(loss, d, block.prediction + 4 * i, block.target + 4 * i, partial);
    const auto weight = block.weight ? hn::LoadU(d, block.weight + i) : hn::Set(d, 1);
    value = Weighted(d, weight, value);
    hn::Store(value, d, values + i);
    if (block.value) hn::StoreU(Scaled(d, scales.value, value), d, block.value + i);
    if constexpr (kPartials != 0) {
      for (auto& p : partial) p = Scaled(d, scales.gradient, Weighted(d, weight, p));
      StoreBoxes(d, partial, block.gradient + 4 * i);
    }
  }
  sum.Add(values);
}

template <size_t kPartials, class Loss, class T>
double RunBoxBlock(const Loss& loss, const Block<T>& block) {
  const Scales<T> scales(block);
  LaneSum sum;
  size_t i = 0;
  for (; i + kGroup <= block.count; i += kGroup) {
    BoxGroup<kPartials>(loss, block.From(i), scales, sum);
  }
  if (i < block.count) {
    const Block<T> rest = block.From(i);
    const PaddedTail<T, 4, kGroup> tail(rest);
    BoxGroup<kPartials>(loss, tail.block(), scales, sum);
    tail.StoreResults();
  }
  return sum.Total();
}

template <class Loss, class T>
double RunBoxes(const ParameterValues& parameters, const Block<T>& block) {
  const Loss loss(parameters);
  return block.gradient ? RunBoxBlock<4>(loss, block) : RunBoxBlock<0>(loss, block);
}

template <class Loss>
const LossKernels& BoxKernels() {
  static constexpr LossKernels kKernels = {&RunBoxes<Loss, float>, &RunBoxes<Loss, double>};
  return kKernels;
}

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#endif  // toggle
