// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The driver of box losses: it owns the loop, the tail, formats, weights, range safety and the sum;
// the loss is one formula over pairs of boxes, run on lanes for the value and on dual lanes for the
// value and the gradient.

#include <algorithm>
#include <cstddef>
#include <limits>

#include "core/kernels/kernels.h"
#include "core/losses/parameters.h"

#if defined(DETLOSS_CORE_KERNELS_BOX_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DETLOSS_CORE_KERNELS_BOX_INL_H_
#undef DETLOSS_CORE_KERNELS_BOX_INL_H_
#else
#define DETLOSS_CORE_KERNELS_BOX_INL_H_
#endif

#include "core/kernels/dual-inl.h"
#include "core/kernels/sum-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// A prediction and a target by their corners, and what every formula needs of them.
template <class N>
struct BoxPair {
  N x1, y1, x2, y2;      // prediction
  N gx1, gy1, gx2, gy2;  // target
  Convention convention;

  // The length from a to b: at least 0 in EXACT, signed in TORCHVISION.
  HWY_INLINE N Side(const N& a, const N& b) const {
    if (convention == Convention::kTorchvision) return b - a;
    return Max(b - a, N::Constant(typename N::T{0}));
  }

  HWY_INLINE N Intersection() const {
    const N w = Min(x2, gx2) - Max(x1, gx1), h = Min(y2, gy2) - Max(y1, gy1);
    const N zero = N::Constant(typename N::T{0});
    if (convention == Convention::kExact) return Max(w, zero) * Max(h, zero);
    const auto overlap = hn::And(hn::Gt(w.value, zero.value), hn::Gt(h.value, zero.value));
    return Select(overlap, w * h, zero);
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
    const N half = N::Constant(static_cast<typename N::T>(0.5));
    const N dx = (x1 + x2 - gx1 - gx2) * half, dy = (y1 + y2 - gy1 - gy2) * half;
    const N cw = EnclosingWidth(), ch = EnclosingHeight();
    return Ratio(dx * dx + dy * dy, cw * cw + ch * ch);
  }

  // x / y: 0 where y is 0 in EXACT, x / (y + 1e-7) in TORCHVISION.
  HWY_INLINE N Ratio(const N& x, const N& y) const {
    if (convention == Convention::kExact) return RatioOrZero(x, y);
    return x / (y + N::Constant(static_cast<typename N::T>(kTorchvisionEpsilon)));
  }
};

// The power of two by which to multiply boxes so that no product of two lengths overflows, and the
// product of two lengths underflows only beside a far larger one. Losses of overlap do not change.
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

template <class D, class V = hn::Vec<D>>
HWY_INLINE V LargestMagnitude(D d, const V* v) {
  V largest = hn::Zero(d);
  for (size_t k = 0; k < 8; ++k) largest = hn::Max(largest, hn::Abs(v[k]));
  return largest;
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
  for (size_t k = 0; k < 8; ++k) poison = hn::MulAdd(v[k], hn::Zero(d), poison);
  V scale = hn::Set(d, 1);
  if (loss.options.convention == Convention::kExact) {
    scale = RangeScale(d, LargestMagnitude(d, v));
    for (size_t k = 0; k < 8; ++k) v[k] = hn::Mul(v[k], scale);
  }
  N n[8];
  for (size_t k = 0; k < 4; ++k) {
    n[k] = N::Variable(v[k], k);
    n[k + 4] = N::Constant(v[k + 4]);
  }
  ToCorners(loss.options.format, n[0], n[1], n[2], n[3]);
  ToCorners(loss.options.format, n[4], n[5], n[6], n[7]);
  const N result =
      loss(BoxPair<N>{n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], loss.options.convention});
  for (size_t k = 0; k < kPartials; ++k) {
    partial[k] = hn::Add(hn::Mul(result.partial[k], scale), poison);
  }
  return hn::Add(result.value, poison);
}

template <size_t kPartials, class Loss, class T>
HWY_INLINE void BoxGroup(const Loss& loss, const Block<T>& block, LaneSum& sum) {
  const GroupTag<T> d;
  alignas(64) T values[kGroup];
  for (size_t i = 0; i < kGroup; i += hn::MaxLanes(d)) {
    hn::Vec<GroupTag<T>> partial[4];
    auto value =
        BoxLanes<kPartials>(loss, d, block.prediction + 4 * i, block.target + 4 * i, partial);
    const auto weight = block.weight ? hn::LoadU(d, block.weight + i) : hn::Set(d, 1);
    value = Weighted(d, weight, value);
    hn::Store(value, d, values + i);
    if (block.value) {
      hn::StoreU(hn::Mul(value, hn::Set(d, static_cast<T>(block.value_scale))), d, block.value + i);
    }
    if constexpr (kPartials != 0) {
      const auto scale = hn::Set(d, static_cast<T>(block.gradient_scale));
      for (auto& p : partial) p = hn::Mul(Weighted(d, weight, p), scale);
      StoreBoxes(d, partial, block.gradient + 4 * i);
    }
  }
  sum.Add(values);
}

// The boxes from `begin`, fewer than 16, padded with boxes of weight 0.
template <size_t kPartials, class Loss, class T>
HWY_INLINE void BoxTail(const Loss& loss, const Block<T>& block, size_t begin, LaneSum& sum) {
  const size_t count = block.count - begin;
  T prediction[4 * kGroup] = {}, target[4 * kGroup] = {}, weight[kGroup] = {};
  T value[kGroup], gradient[4 * kGroup];
  std::copy_n(block.prediction + 4 * begin, 4 * count, prediction);
  std::copy_n(block.target + 4 * begin, 4 * count, target);
  for (size_t i = 0; i < count; ++i) weight[i] = block.weight ? block.weight[begin + i] : T{1};
  Block<T> padded = block;
  padded.prediction = prediction;
  padded.target = target;
  padded.weight = weight;
  padded.value = value;
  padded.gradient = gradient;
  BoxGroup<kPartials>(loss, padded, sum);
  if (block.value) std::copy_n(value, count, block.value + begin);
  if (block.gradient) std::copy_n(gradient, 4 * count, block.gradient + 4 * begin);
}

template <size_t kPartials, class Loss, class T>
double RunBoxBlock(const Loss& loss, const Block<T>& block) {
  LaneSum sum;
  size_t i = 0;
  for (; i + kGroup <= block.count; i += kGroup) {
    Block<T> group = block;
    group.prediction += 4 * i;
    group.target += 4 * i;
    if (group.weight) group.weight += i;
    if (group.value) group.value += i;
    if (group.gradient) group.gradient += 4 * i;
    BoxGroup<kPartials>(loss, group, sum);
  }
  if (i < block.count) BoxTail<kPartials>(loss, block, i, sum);
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
