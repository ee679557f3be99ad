// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Elementary functions with the special cases that Highway leaves out: NaN stays NaN, and the ends
// of the range give the limits.

#if defined(DETLOSS_CORE_KERNELS_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DETLOSS_CORE_KERNELS_MATH_INL_H_
#undef DETLOSS_CORE_KERNELS_MATH_INL_H_
#else
#define DETLOSS_CORE_KERNELS_MATH_INL_H_
#endif

#include <limits>

#include "hwy/contrib/math/math-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class D>
HWY_INLINE hn::Vec<D> Infinity(D d) {
  return hn::Set(d, std::numeric_limits<hn::TFromD<D>>::infinity());
}

// e^x for any x.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Exponential(D d, V x) {
  return hn::IfThenElse(hn::IsNaN(x), x, hn::Exp(d, x));
}

// log(x) for any x: -infinity for 0, NaN for less.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Logarithm(D d, V x) {
  const V zero = hn::Zero(d);
  const V below = hn::IfThenElse(hn::Lt(x, zero), hn::NaN(d), x);
  const V special = hn::IfThenElse(hn::Eq(x, zero), hn::Neg(Infinity(d)), below);
  const auto regular = hn::And(hn::Gt(x, zero), hn::Lt(x, Infinity(d)));
  return hn::IfThenElse(regular, hn::Log(d, x), special);
}

// log(1 + x) for x in [0, 1]; NaN for NaN.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Logarithm1p(D d, V x) {
  return hn::IfThenElse(hn::IsNaN(x), x, hn::Log1p(d, x));
}

// The logistic function of x without overflow or cancellation at either end.
template <class D>
struct Logistic {
  using V = hn::Vec<D>;

  HWY_INLINE Logistic(D d, V x)
      : magnitude(hn::Abs(x)),
        exp(Exponential(d, hn::Neg(magnitude))),
        log1p_exp(Logarithm1p(d, exp)),
        reciprocal(hn::Div(hn::Set(d, 1), hn::Add(hn::Set(d, 1), exp))) {
    const auto positive = hn::Ge(x, hn::Zero(d));
    const V small = hn::Mul(exp, reciprocal);
    probability = hn::IfThenElse(positive, reciprocal, small);
    complement = hn::IfThenElse(positive, small, reciprocal);
    // softplus(-x) = -log p, softplus(x) = -log(1 - p)
    const V zero = hn::Zero(d);
    loss_of_positive = hn::Add(hn::IfThenElse(positive, zero, magnitude), log1p_exp);
    loss_of_negative = hn::Add(hn::IfThenElse(positive, magnitude, zero), log1p_exp);
  }

  V magnitude, exp, log1p_exp, reciprocal;  // |x|, e^-|x|, log(1 + e^-|x|), 1 / (1 + e^-|x|)
  V probability, complement;                // p, 1 - p
  V loss_of_positive, loss_of_negative;     // -log p, -log(1 - p)
};

// a x b, where an `a` of 0 gives 0 whatever `b` is: the limit for infinite logits.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V Gated(D d, V a, V b) {
  return hn::IfThenZeroElse(hn::And(hn::Eq(a, hn::Zero(d)), hn::Eq(b, b)), hn::Mul(a, b));
}

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#endif  // toggle
