// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Numbers for box formulas: lanes alone, or lanes with the four partial derivatives by the corners
// of the prediction (forward-mode differentiation). A formula written over them gives both the
// value and the gradient.

#include <cstddef>
#include <limits>

#if defined(DETLOSS_CORE_KERNELS_DUAL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DETLOSS_CORE_KERNELS_DUAL_INL_H_
#undef DETLOSS_CORE_KERNELS_DUAL_INL_H_
#else
#define DETLOSS_CORE_KERNELS_DUAL_INL_H_
#endif

#include "core/kernels/math-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Lanes of D with kPartials derivatives: 0 for the value alone, 4 for the gradient.
template <class TD, size_t kPartials>
struct Number {
  using D = TD;
  using V = hn::Vec<D>;
  using T = hn::TFromD<D>;

  static HWY_INLINE Number Constant(V v) {
    Number x;
    x.value = v;
    for (size_t k = 0; k < kPartials; ++k) x.partial[k] = hn::Zero(D());
    return x;
  }
  static HWY_INLINE Number Constant(T v) { return Constant(hn::Set(D(), v)); }
  static HWY_INLINE Number Variable(V v, size_t index) {
    Number x = Constant(v);
    if constexpr (kPartials != 0) x.partial[index] = hn::Set(D(), T{1});
    return x;
  }

  V value;
  V partial[kPartials == 0 ? 1 : kPartials];
};

// The number f with value `value` and derivative a x' + b y'.
template <class D, size_t N, class V = hn::Vec<D>>
HWY_INLINE Number<D, N> Chain(V value, V a, const Number<D, N>& x, V b, const Number<D, N>& y) {
  Number<D, N> f;
  f.value = value;
  for (size_t k = 0; k < N; ++k) {
    f.partial[k] = hn::MulAdd(a, x.partial[k], hn::Mul(b, y.partial[k]));
  }
  return f;
}

// The number f with value `value` and derivative a x'.
template <class D, size_t N, class V = hn::Vec<D>>
HWY_INLINE Number<D, N> Chain(V value, V a, const Number<D, N>& x) {
  Number<D, N> f;
  f.value = value;
  for (size_t k = 0; k < N; ++k) f.partial[k] = hn::Mul(a, x.partial[k]);
  return f;
}

// A constant times a number.
template <class D, size_t N, class V = hn::Vec<D>>
HWY_INLINE Number<D, N> Times(V a, const Number<D, N>& x) {
  return Chain<D, N>(hn::Mul(a, x.value), a, x);
}

template <class D, size_t N>
HWY_INLINE Number<D, N> operator+(const Number<D, N>& x, const Number<D, N>& y) {
  Number<D, N> f;
  f.value = hn::Add(x.value, y.value);
  for (size_t k = 0; k < N; ++k) f.partial[k] = hn::Add(x.partial[k], y.partial[k]);
  return f;
}
template <class D, size_t N>
HWY_INLINE Number<D, N> operator-(const Number<D, N>& x, const Number<D, N>& y) {
  Number<D, N> f;
  f.value = hn::Sub(x.value, y.value);
  for (size_t k = 0; k < N; ++k) f.partial[k] = hn::Sub(x.partial[k], y.partial[k]);
  return f;
}
template <class D, size_t N>
HWY_INLINE Number<D, N> operator*(const Number<D, N>& x, const Number<D, N>& y) {
  return Chain<D, N>(hn::Mul(x.value, y.value), y.value, x, x.value, y);
}
// Divides. The derivative is (x' - q y') / y: no square overflows, and where x and y are equal in
// value and derivative it is 0 without a residue. One division serves all partials where 1 / y is
// in range.
template <class D, size_t N>
HWY_INLINE Number<D, N> operator/(const Number<D, N>& x, const Number<D, N>& y) {
  using T = hn::TFromD<D>;
  const D d;
  Number<D, N> f;
  f.value = hn::Div(x.value, y.value);
  if constexpr (N == 0) return f;
  const auto inverse = hn::Div(hn::Set(d, T{1}), y.value);
  const auto least = hn::Set(d, std::numeric_limits<T>::min() * 4);
  const auto size = hn::Abs(y.value);
  const auto in_range = hn::And(hn::Ge(size, least), hn::Ge(hn::Abs(inverse), least));
  for (size_t k = 0; k < N; ++k) {
    f.partial[k] = hn::NegMulAdd(f.value, y.partial[k], x.partial[k]);
  }
  const bool all = hn::AllTrue(d, in_range);
  for (size_t k = 0; k < N; ++k) {
    const auto product = hn::Mul(f.partial[k], inverse);
    f.partial[k] = HWY_LIKELY(all)
                       ? product
                       : hn::IfThenElse(in_range, product, hn::Div(f.partial[k], y.value));
  }
  return f;
}

// `yes` where the mask holds, else `no`.
template <class M, class D, size_t N>
HWY_INLINE Number<D, N> Select(M mask, const Number<D, N>& yes, const Number<D, N>& no) {
  Number<D, N> f;
  f.value = hn::IfThenElse(mask, yes.value, no.value);
  for (size_t k = 0; k < N; ++k) {
    f.partial[k] = hn::IfThenElse(mask, yes.partial[k], no.partial[k]);
  }
  return f;
}

// The larger; at a tie the derivative is the mean of both.
template <class D, size_t N>
HWY_INLINE Number<D, N> Max(const Number<D, N>& x, const Number<D, N>& y) {
  const D d;
  const auto half = hn::Set(d, 0.5);
  const auto one = hn::Set(d, 1);
  const auto a = hn::IfThenElse(hn::Eq(x.value, y.value), half,
                                hn::IfThenElseZero(hn::Gt(x.value, y.value), one));
  return Chain<D, N>(hn::Max(x.value, y.value), a, x, hn::Sub(one, a), y);
}
template <class D, size_t N>
HWY_INLINE Number<D, N> Min(const Number<D, N>& x, const Number<D, N>& y) {
  const D d;
  const auto half = hn::Set(d, 0.5);
  const auto one = hn::Set(d, 1);
  const auto a = hn::IfThenElse(hn::Eq(x.value, y.value), half,
                                hn::IfThenElseZero(hn::Lt(x.value, y.value), one));
  return Chain<D, N>(hn::Min(x.value, y.value), a, x, hn::Sub(one, a), y);
}

// -log(x) for x > 0.
template <class D, size_t N>
HWY_INLINE Number<D, N> NegativeLog(const Number<D, N>& x) {
  const D d;
  const auto slope = hn::Neg(hn::Div(hn::Set(d, 1), x.value));
  return Chain<D, N>(hn::Neg(Logarithm(d, x.value)), slope, x);
}

// atan(x / y) without the division: finite with a finite derivative also for y = 0, and 0 with no
// derivative for x = y = 0.
template <class D, size_t N>
HWY_INLINE Number<D, N> Arctangent(const Number<D, N>& x, const Number<D, N>& y) {
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
  const auto low = hn::Atan(d, ratio);
  const auto high = hn::Sub(hn::Set(d, static_cast<T>(1.57079632679489661923)), low);
  const auto angle = hn::CopySignToAbs(hn::IfThenElse(steep, high, low), hn::Xor(x.value, y.value));
  // y / (x^2 + y^2) and -x / (x^2 + y^2), without squares to underflow. The bound leaves room for
  // the chain rule where a side is denormal.
  const auto bound = hn::Set(d, std::numeric_limits<T>::max() / 4);
  const auto inverse = hn::Min(hn::Div(one, safe), bound);
  const auto slope = hn::Div(inverse, hn::MulAdd(ratio, ratio, one));
  const auto by_x = hn::Mul(hn::Div(y.value, safe), slope);
  const auto by_y = hn::Mul(hn::Div(x.value, safe), slope);
  return Chain<D, N>(angle, by_x, x, hn::Neg(by_y), y);
}

// x / y, and 0 with no derivative where y is 0, negative, or too small to have all digits.
template <class D, size_t N>
HWY_INLINE Number<D, N> RatioOrZero(const Number<D, N>& x, const Number<D, N>& y) {
  using T = hn::TFromD<D>;
  const auto zero = Number<D, N>::Constant(T{0});
  const auto divides = hn::Ge(y.value, hn::Set(D(), std::numeric_limits<T>::min()));
  const auto safe = Select(divides, y, Number<D, N>::Constant(T{1}));
  return Select(divides, x / safe, zero);
}

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#endif  // toggle
