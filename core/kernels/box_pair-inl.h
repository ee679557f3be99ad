// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What formulas of box losses are written in: a pair of boxes by their corners, and the lengths,
// areas and ratios of it, with their derivatives.

#include <cstddef>
#include <limits>

#include "core/kernels/box_options.h"

#if defined(DETLOSS_CORE_KERNELS_BOX_PAIR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DETLOSS_CORE_KERNELS_BOX_PAIR_INL_H_
#undef DETLOSS_CORE_KERNELS_BOX_PAIR_INL_H_
#else
#define DETLOSS_CORE_KERNELS_BOX_PAIR_INL_H_
#endif

#include "core/kernels/angle-inl.h"
#include "core/kernels/dual-inl.h"
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

// How the formulas are computed.
enum class BoxMode {
  kOrdinary,     // EXACT for boxes that have both sides, neither tiny nor huge
  kCareful,      // EXACT for any boxes, after a scale for each axis brought them in range
  kTorchvision,  // TORCHVISION
};

// A prediction and a target by their corners, and what every formula needs of them. kGradient says
// whether numbers carry derivatives by the corners of the prediction.
template <class TD, bool kGradient, BoxMode kMode>
class BoxPair {
 public:
  using D = TD;
  using V = hn::Vec<D>;
  using T = hn::TFromD<D>;

  // From the eight numbers. `x_unit` and `y_unit` bring lengths to the same scale, which overlap
  // does not need.
  HWY_INLINE BoxPair(const V* v, V x_unit, V y_unit)
      : x_unit_(x_unit), y_unit_(y_unit), floor_(Infinity(D())), ceiling_(hn::Zero(D())) {
    SetCorner(x1_, v[0], 0);
    SetCorner(y1_, v[1], 1);
    SetCorner(x2_, v[2], 2);
    SetCorner(y2_, v[3], 3);
    gx1_.value = v[4];
    gy1_.value = v[5];
    gx2_.value = v[6];
    gy2_.value = v[7];
  }

  static HWY_INLINE Constant<D> Value(T x) { return ConstantOf(D(), x); }

  // Of kOrdinary, once all is computed: whether the value is right. Elsewhere kCareful says what it
  // is. What was in no order makes the value NaN.
  HWY_INLINE hn::Mask<D> IsRight(V value) const {
    const D d;
    return hn::And(hn::Eq(value, value),
                   hn::And(hn::Ge(floor_, hn::Set(d, static_cast<T>(0x1p-100))),
                           hn::Le(ceiling_, hn::Set(d, static_cast<T>(0x1p62)))));
  }

  // What was computed will be divided by `v`, so that it must not have underflowed before.
  HWY_INLINE void WillDivideBy(V v) {
    if constexpr (kMode == BoxMode::kOrdinary) {
      const D d;
      const V least = hn::Mul(v, hn::Set(d, static_cast<T>(0x1p-60)));
      floor_ = hn::Min(hn::IfThenElse(hn::Eq(v, hn::Zero(d)), floor_, least), floor_);
    }
  }

  HWY_INLINE auto Width() { return Side(x1_, x2_); }
  HWY_INLINE auto Height() { return Side(y1_, y2_); }
  HWY_INLINE auto TargetWidth() { return Side(gx1_, gx2_); }
  HWY_INLINE auto TargetHeight() { return Side(gy1_, gy2_); }
  HWY_INLINE auto EnclosingWidth() { return Side(Min(x1_, gx1_), Max(x2_, gx2_)); }
  HWY_INLINE auto EnclosingHeight() { return Side(Min(y1_, gy1_), Max(y2_, gy2_)); }

  HWY_INLINE auto Intersection() {
    const auto w = Min(x2_, gx2_) - Max(x1_, gx1_);
    const auto h = Min(y2_, gy2_) - Max(y1_, gy1_);
    const auto zero = Value(0);
    if constexpr (kMode == BoxMode::kTorchvision) {
      const auto overlap = hn::And(hn::Gt(w.value, zero.value), hn::Gt(h.value, zero.value));
      return Select(overlap, w * h, zero);
    } else {
      return WithoutTrace(Max(w, zero) * Max(h, zero));
    }
  }
  template <class N>
  HWY_INLINE auto Union(const N& intersection) {
    return Width() * Height() + TargetWidth() * TargetHeight() - intersection;
  }
  HWY_INLINE auto Iou() {
    const auto intersection = Intersection();
    return Ratio(intersection, Union(intersection));
  }

  // Squared distance of the centers over the squared diagonal of the enclosing box.
  HWY_INLINE auto CenterDistance() {
    const auto width = EnclosingWidth();
    const auto height = EnclosingHeight();
    V x = x_unit_, y = y_unit_;
    if constexpr (kMode == BoxMode::kCareful) {
      // The boxes may be far smaller than their coordinates are.
      const D d;
      const V unit = RangeScale(d, hn::Max(hn::Mul(width.value, x), hn::Mul(height.value, y)));
      x = hn::Mul(x, unit);
      y = hn::Mul(y, unit);
    }
    const V half = hn::Set(D(), 0.5);
    // Corner by corner, so that equal boxes have no distance.
    const auto dx = Times(half, InUnits(x, (x1_ - gx1_) + (x2_ - gx2_)));
    const auto dy = Times(half, InUnits(y, (y1_ - gy1_) + (y2_ - gy2_)));
    const auto cw = InUnits(x, width);
    const auto ch = InUnits(y, height);
    return Ratio(Square(dx) + Square(dy), Square(cw) + Square(ch));
  }

  // The difference of the angles of the diagonals, that of the target first.
  HWY_INLINE auto AspectDifference() {
    const auto w = InUnits(x_unit_, Width());
    const auto h = InUnits(y_unit_, Height());
    const auto gw = InUnits(x_unit_, TargetWidth());
    const auto gh = InUnits(y_unit_, TargetHeight());
    if constexpr (kMode == BoxMode::kOrdinary) {
      return ArctangentDifference(gw, gh, w, h, floor_, ceiling_);
    } else {
      return Arctangent(gw, gh) - Arctangent(w, h);
    }
  }

  // x / y: 0 where y is 0 in EXACT, x / (y + 1e-7) in TORCHVISION.
  template <class X, class Y>
  HWY_INLINE auto Ratio(const X& x, const Y& y) {
    if constexpr (kMode == BoxMode::kOrdinary) {
      floor_ = hn::Min(y.value, floor_);
      ceiling_ = hn::Max(y.value, ceiling_);
      return Divide</*kChecked=*/false>(x, y);
    } else if constexpr (kMode == BoxMode::kCareful) {
      return RatioOrZero(x, y);
    } else {
      return Divide</*kChecked=*/true>(x, y + Value(static_cast<T>(kTorchvisionEpsilon)));
    }
  }

 private:
  template <unsigned kCorners>
  using Of = Number<D, kGradient ? kCorners : 0>;

  template <class N>
  static HWY_INLINE void SetCorner(N& corner, V v, size_t k) {
    corner.value = v;
    corner.partial[k] = hn::Set(D(), 1);
  }

  // The length from a to b: at least 0 in EXACT, signed in TORCHVISION.
  template <class A, class B>
  HWY_INLINE auto Side(const A& a, const B& b) {
    const auto side = b - a;
    if constexpr (kMode == BoxMode::kOrdinary) floor_ = hn::Min(side.value, floor_);
    if constexpr (kMode == BoxMode::kCareful) {
      return Max(side, Value(0));
    } else {
      return side;
    }
  }

  // An area below the normal numbers has too few digits for a slope: it counts as none. Touching
  // boxes, whose area is 0, keep theirs.
  template <class N>
  HWY_INLINE N WithoutTrace(const N& area) {
    const D d;
    const V least = hn::Set(d, std::numeric_limits<T>::min());
    const auto none = hn::Eq(area.value, hn::Zero(d));
    if constexpr (kMode == BoxMode::kOrdinary) {
      floor_ = hn::Min(hn::IfThenElse(none, floor_, area.value), floor_);
      return area;
    } else {
      return Select(hn::AndNot(none, hn::Lt(area.value, least)), Value(0), area);
    }
  }

  template <class N>
  static HWY_INLINE N InUnits(V unit, const N& length) {
    if constexpr (kMode != BoxMode::kCareful) return length;
    return Times(unit, length);
  }

  Of<1> x1_;  // of the prediction
  Of<2> y1_;
  Of<4> x2_;
  Of<8> y2_;
  Constant<D> gx1_, gy1_, gx2_, gy2_;  // of the target
  V x_unit_, y_unit_;
  V floor_, ceiling_;  // the least and the largest of what must be in range, NaN left out
};

// Corners from the four numbers of a box.
template <class D, class V = hn::Vec<D>>
HWY_INLINE void ToCorners(D d, BoxFormat format, V* box) {
  if (format == BoxFormat::kXyxy) return;
  for (size_t axis = 0; axis < 2; ++axis) {
    if (format == BoxFormat::kCxcywh) {
      box[axis] = hn::Sub(box[axis], hn::Mul(box[axis + 2], hn::Set(d, 0.5)));
    }
    box[axis + 2] = hn::Add(box[axis], box[axis + 2]);
  }
}

// Derivatives by the four numbers of a box from those by its corners.
template <class D, class V = hn::Vec<D>>
HWY_INLINE void FromCorners(D d, BoxFormat format, V* partial) {
  if (format == BoxFormat::kXyxy) return;
  for (size_t axis = 0; axis < 2; ++axis) {
    const V first = partial[axis], second = partial[axis + 2];
    partial[axis] = hn::Add(first, second);
    if (format == BoxFormat::kCxcywh) {
      partial[axis + 2] = hn::Mul(hn::Sub(second, first), hn::Set(d, 0.5));
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#endif  // toggle
