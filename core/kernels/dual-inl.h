// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Numbers for box formulas: lanes alone, or lanes with their partial derivatives by the corners of
// the prediction (forward-mode differentiation). A formula written over them gives both the value
// and the gradient. The type says which corners a number depends on, so that nothing is computed
// for the others.

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

// Lanes of D with the derivatives by the corners whose bits are set in kCorners: x1, y1, x2, y2
// from the lowest on. The derivatives by the others are 0.
template <class TD, unsigned kCorners>
struct Number {
  using D = TD;
  using V = hn::Vec<D>;
  using T = hn::TFromD<D>;

  static constexpr bool DependsOn(size_t corner) { return (kCorners >> corner & 1) != 0; }

  V value;
  V partial[4];  // set where the number depends on the corner
};

template <class D>
using Constant = Number<D, 0>;

template <class D>
HWY_INLINE Constant<D> ConstantOf(D /*d*/, hn::Vec<D> v) {
  Constant<D> x;
  x.value = v;
  return x;
}
template <class D>
HWY_INLINE Constant<D> ConstantOf(D d, hn::TFromD<D> v) {
  return ConstantOf(d, hn::Set(d, v));
}

// The value of a number as a constant.
template <class D, unsigned M>
HWY_INLINE Constant<D> Fixed(const Number<D, M>& x) {
  return ConstantOf(D(), x.value);
}

// The number f with value `value` and derivative a x' + b y'.
template <class D, unsigned M, unsigned N, class V = hn::Vec<D>>
HWY_INLINE Number<D, M | N> Chain(V value, V a, const Number<D, M>& x, V b, const Number<D, N>& y) {
  Number<D, M | N> f;
  f.value = value;
  for (size_t k = 0; k < 4; ++k) {
    if (x.DependsOn(k) && y.DependsOn(k)) {
      f.partial[k] = hn::MulAdd(a, x.partial[k], hn::Mul(b, y.partial[k]));
    } else if (x.DependsOn(k)) {
      f.partial[k] = hn::Mul(a, x.partial[k]);
    } else if (y.DependsOn(k)) {
      f.partial[k] = hn::Mul(b, y.partial[k]);
    }
  }
  return f;
}

// The number f with value `value` and derivative a x'.
template <class D, unsigned M, class V = hn::Vec<D>>
HWY_INLINE Number<D, M> Chain(V value, V a, const Number<D, M>& x) {
  Number<D, M> f;
  f.value = value;
  for (size_t k = 0; k < 4; ++k) {
    if (x.DependsOn(k)) f.partial[k] = hn::Mul(a, x.partial[k]);
  }
  return f;
}

// A constant times a number.
template <class D, unsigned M, class V = hn::Vec<D>>
HWY_INLINE Number<D, M> Times(V a, const Number<D, M>& x) {
  return Chain<D, M>(hn::Mul(a, x.value), a, x);
}

template <class D, unsigned M, unsigned N>
HWY_INLINE Number<D, M | N> operator+(const Number<D, M>& x, const Number<D, N>& y) {
  Number<D, M | N> f;
  f.value = hn::Add(x.value, y.value);
  for (size_t k = 0; k < 4; ++k) {
    if (x.DependsOn(k) && y.DependsOn(k)) {
      f.partial[k] = hn::Add(x.partial[k], y.partial[k]);
    } else if (x.DependsOn(k)) {
      f.partial[k] = x.partial[k];
    } else if (y.DependsOn(k)) {
      f.partial[k] = y.partial[k];
    }
  }
  return f;
}
template <class D, unsigned M, unsigned N>
HWY_INLINE Number<D, M | N> operator-(const Number<D, M>& x, const Number<D, N>& y) {
  Number<D, M | N> f;
  f.value = hn::Sub(x.value, y.value);
  for (size_t k = 0; k < 4; ++k) {
    if (x.DependsOn(k) && y.DependsOn(k)) {
      f.partial[k] = hn::Sub(x.partial[k], y.partial[k]);
    } else if (x.DependsOn(k)) {
      f.partial[k] = x.partial[k];
    } else if (y.DependsOn(k)) {
      f.partial[k] = hn::Neg(y.partial[k]);
    }
  }
  return f;
}
template <class D, unsigned M, unsigned N>
HWY_INLINE Number<D, M | N> operator*(const Number<D, M>& x, const Number<D, N>& y) {
  return Chain<D, M, N>(hn::Mul(x.value, y.value), y.value, x, x.value, y);
}

template <class D, unsigned M>
HWY_INLINE Number<D, M> Square(const Number<D, M>& x) {
  return Chain<D, M>(hn::Mul(x.value, x.value), hn::Add(x.value, x.value), x);
}

// Divides by y, many times by one division. Unless kChecked, 1 / y must be in range.
template <class D, bool kChecked>
class Divisor {
  using V = hn::Vec<D>;
  using T = hn::TFromD<D>;

 public:
  HWY_INLINE Divisor(D d, V y)
      : y_(y),
        inverse_(hn::Div(hn::Set(d, T{1}), y)),
        good_(hn::And(hn::Ge(hn::Abs(y), Least(d)), hn::Ge(hn::Abs(inverse_), Least(d)))) {}

  // x / y to the last place, by a step of Newton's method.
  HWY_INLINE V Quotient(D d, V x) const {
    const V estimate = hn::Mul(x, inverse_);
    const V quotient = hn::MulAdd(hn::NegMulAdd(estimate, y_, x), inverse_, estimate);
    if constexpr (!kChecked) return quotient;
    const auto small = hn::Lt(hn::Abs(estimate), hn::Set(d, static_cast<T>(0x1p64)));
    return OrDivide(d, hn::And(good_, small), quotient, x);
  }
  // x / y.
  HWY_INLINE V Fast(D d, V x) const {
    const V quotient = hn::Mul(x, inverse_);
    if constexpr (!kChecked) return quotient;
    return OrDivide(d, good_, quotient, x);
  }

 private:
  static HWY_INLINE V Least(D d) { return hn::Set(d, std::numeric_limits<T>::min() * 4); }

  HWY_INLINE V OrDivide(D d, hn::Mask<D> good, V quotient, V x) const {
    if (HWY_LIKELY(hn::AllTrue(d, good))) return quotient;
    return hn::IfThenElse(good, quotient, hn::Div(x, y_));
  }

  V y_, inverse_;
  hn::Mask<D> good_;
};

// x / y. The derivative is (x' - q y') / y: no square overflows, and where x and y are equal in
// value and derivative it is 0 without a residue.
template <bool kChecked, class D, unsigned M, unsigned N>
HWY_INLINE Number<D, M | N> Divide(const Number<D, M>& x, const Number<D, N>& y) {
  const D d;
  const Divisor<D, kChecked> by(d, y.value);
  Number<D, M | N> f;
  f.value = by.Quotient(d, x.value);
  for (size_t k = 0; k < 4; ++k) {
    if (x.DependsOn(k) && y.DependsOn(k)) {
      f.partial[k] = by.Fast(d, hn::NegMulAdd(f.value, y.partial[k], x.partial[k]));
    } else if (x.DependsOn(k)) {
      f.partial[k] = by.Fast(d, x.partial[k]);
    } else if (y.DependsOn(k)) {
      f.partial[k] = by.Fast(d, hn::Neg(hn::Mul(f.value, y.partial[k])));
    }
  }
  return f;
}

// `yes` where the mask holds, else `no`.
template <class Mask, class D, unsigned M, unsigned N>
HWY_INLINE Number<D, M | N> Select(Mask mask, const Number<D, M>& yes, const Number<D, N>& no) {
  Number<D, M | N> f;
  f.value = hn::IfThenElse(mask, yes.value, no.value);
  for (size_t k = 0; k < 4; ++k) {
    if (yes.DependsOn(k) && no.DependsOn(k)) {
      f.partial[k] = hn::IfThenElse(mask, yes.partial[k], no.partial[k]);
    } else if (yes.DependsOn(k)) {
      f.partial[k] = hn::IfThenElseZero(mask, yes.partial[k]);
    } else if (no.DependsOn(k)) {
      f.partial[k] = hn::IfThenZeroElse(mask, no.partial[k]);
    }
  }
  return f;
}

// The derivative of max(x, y) by x: at a tie the mean of both sides.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V SlopeOfMax(D d, V x, V y) {
  return hn::IfThenElse(hn::Eq(x, y), hn::Set(d, 0.5),
                        hn::IfThenElseZero(hn::Gt(x, y), hn::Set(d, 1)));
}

// The larger.
template <class D, unsigned M, unsigned N>
HWY_INLINE Number<D, M | N> Max(const Number<D, M>& x, const Number<D, N>& y) {
  const D d;
  const auto a = SlopeOfMax(d, x.value, y.value);
  return Chain<D, M, N>(hn::Max(x.value, y.value), a, x, hn::Sub(hn::Set(d, 1), a), y);
}
// The smaller.
template <class D, unsigned M, unsigned N>
HWY_INLINE Number<D, M | N> Min(const Number<D, M>& x, const Number<D, N>& y) {
  const D d;
  const auto b = SlopeOfMax(d, x.value, y.value);
  return Chain<D, M, N>(hn::Min(x.value, y.value), hn::Sub(hn::Set(d, 1), b), x, b, y);
}

// -log(x) for x > 0.
template <class D, unsigned M>
HWY_INLINE Number<D, M> NegativeLog(const Number<D, M>& x) {
  const D d;
  const auto slope = hn::Neg(hn::Div(hn::Set(d, 1), x.value));
  return Chain<D, M>(hn::Neg(Logarithm(d, x.value)), slope, x);
}

// x / y, and 0 with no derivative where y is 0, negative, or too small to have all digits.
template <class D, unsigned M, unsigned N>
HWY_INLINE Number<D, M | N> RatioOrZero(const Number<D, M>& x, const Number<D, N>& y) {
  using T = hn::TFromD<D>;
  const D d;
  const auto divides = hn::Ge(y.value, hn::Set(d, std::numeric_limits<T>::min()));
  const auto safe = Select(divides, y, ConstantOf(d, T{1}));
  return Select(divides, Divide</*kChecked=*/true>(x, safe), ConstantOf(d, T{0}));
}

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#endif  // toggle
