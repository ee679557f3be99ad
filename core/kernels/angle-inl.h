// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Angles of diagonals as numbers of box formulas.

#include <cstddef>
#include <limits>

#if defined(DETLOSS_CORE_KERNELS_ANGLE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DETLOSS_CORE_KERNELS_ANGLE_INL_H_
#undef DETLOSS_CORE_KERNELS_ANGLE_INL_H_
#else
#define DETLOSS_CORE_KERNELS_ANGLE_INL_H_
#endif

#include "core/kernels/dual-inl.h"
#include "core/kernels/math-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// atan(x / y) without the division: finite with a finite derivative also for y = 0, and 0 with no
// derivative for x = y = 0.
template <class D, unsigned M, unsigned N>
HWY_INLINE Number<D, M | N> Arctangent(const Number<D, M>& x, const Number<D, N>& y) {
  using T = hn::TFromD<D>;
  const D d;
  const auto ax = hn::Abs(x.value), ay = hn::Abs(y.value);
  const auto zero = hn::Zero(d);
  const auto steep = hn::Gt(ax, ay);
  const auto longer = hn::Max(ax, ay);
  const auto nothing = hn::Eq(longer, zero);
  const auto one = hn::Set(d, T{1});
  const auto safe = hn::IfThenElse(nothing, one, longer);
  const auto ratio = hn::Div(hn::Min(ax, ay), safe);
  const auto low = ArctangentOfRatio(d, ratio);
  const auto high = hn::Sub(hn::Set(d, static_cast<T>(1.57079632679489661923)), low);
  const auto angle = hn::CopySignToAbs(hn::IfThenElse(steep, high, low), hn::Xor(x.value, y.value));
  // y / (x^2 + y^2) and -x / (x^2 + y^2), without squares to underflow. The bound leaves room for
  // the chain rule where a side is denormal.
  const auto bound = hn::Set(d, std::numeric_limits<T>::max() / 4);
  const auto inverse = hn::Min(hn::Div(one, safe), bound);
  const auto slope = hn::Div(inverse, hn::MulAdd(ratio, ratio, one));
  const auto by_x = hn::Mul(hn::Div(y.value, safe), slope);
  const auto by_y = hn::Mul(hn::Div(x.value, safe), slope);
  return Chain<D, M, N>(angle, by_x, x, hn::Neg(by_y), y);
}

// atan(gx / gy) - atan(x / y) for positive numbers, of which gx and gy are constants: by one
// arctangent, that of the difference. Equal ratios of equal numbers give 0. Lowers `floor` and
// raises `ceiling` to what must be in range.
template <class D, unsigned M, unsigned N, class V = hn::Vec<D>>
HWY_INLINE Number<D, M | N> ArctangentDifference(const Constant<D>& gx, const Constant<D>& gy,
                                                 const Number<D, M>& x, const Number<D, N>& y,
                                                 V& floor, V& ceiling) {
  using T = hn::TFromD<D>;
  const D d;
  // Two products and a difference, none of them fused: equal products cancel.
  const V sine = hn::Sub(hn::Mul(gx.value, y.value), hn::Mul(x.value, gy.value));
  const V cosine = hn::MulAdd(gx.value, x.value, hn::Mul(gy.value, y.value));
  const V size = hn::Abs(sine);
  const V longer = hn::Max(size, cosine);
  const V square = hn::MulAdd(x.value, x.value, hn::Mul(y.value, y.value));
  floor = hn::Min(hn::Min(longer, square), floor);
  ceiling = hn::Max(hn::Max(longer, square), ceiling);
  const V low = ArctangentOfRatio(d, hn::Div(hn::Min(size, cosine), longer));
  const V high = hn::Sub(hn::Set(d, static_cast<T>(1.57079632679489661923)), low);
  const V angle = hn::CopySignToAbs(hn::IfThenElse(hn::Gt(size, cosine), high, low), sine);
  const V inverse = hn::Div(hn::Set(d, T{1}), square);
  return Chain<D, M, N>(angle, hn::Neg(hn::Mul(y.value, inverse)), x, hn::Mul(x.value, inverse), y);
}

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#endif  // toggle
