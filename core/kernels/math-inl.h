// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Elementary functions: in binary32 polynomials of our own, in binary64 Highway's with the special
// cases that it leaves out. NaN stays NaN, and the ends of the range give the limits.
// docs/numerics.md has their errors.

#if defined(DETLOSS_CORE_KERNELS_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef DETLOSS_CORE_KERNELS_MATH_INL_H_
#undef DETLOSS_CORE_KERNELS_MATH_INL_H_
#else
#define DETLOSS_CORE_KERNELS_MATH_INL_H_
#endif

#include <cstddef>
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

// The polynomial with these coefficients, that of the highest power first.
template <class D, class V = hn::Vec<D>, size_t kCount>
HWY_INLINE V Polynomial(D d, V x, const float (&coefficients)[kCount]) {
  V sum = hn::Set(d, coefficients[0]);
  for (size_t k = 1; k < kCount; ++k) sum = hn::MulAdd(sum, x, hn::Set(d, coefficients[k]));
  return sum;
}

// e^x for x <= 0.
template <class D, class V = hn::Vec<D>, hwy::EnableIf<sizeof(hn::TFromD<D>) == 4>* = nullptr>
HWY_INLINE V Exponential(D d, V x) {
  // e^x = 2^n e^r with |r| <= log(2) / 2 and e^r = 1 + r + r^2 q(r), which is minimax.
  constexpr float kCoefficients[] = {0.00138146055869f, 0.00836874382672f, 0.0416683898357f,
                                     0.166665204126f, 0.499999934356f};
  // Where the result is 0. Not Max, which may drop a NaN.
  const V lowest = hn::Set(d, -104.0f);
  const V bounded = hn::IfThenElse(hn::Lt(x, lowest), lowest, x);
  // The addition rounds to n, which stands in the last bits, with the bias of an exponent and with
  // 64 more, so that 2^(n + 64) is no subnormal.
  const V shifter = hn::Set(d, 0x1.8p23f + 127 + 64);
  const V shifted = hn::MulAdd(bounded, hn::Set(d, 1.44269504088896341f), shifter);
  const V n = hn::Sub(shifted, shifter);
  // log(2) in two parts, of which the first times n is exact.
  V r = hn::NegMulAdd(n, hn::Set(d, 0x1.62e4p-1f), bounded);
  r = hn::NegMulAdd(n, hn::Set(d, 0x1.7f7d1cp-20f), r);
  const V tail = hn::MulAdd(hn::Mul(r, r), Polynomial(d, r, kCoefficients), r);
  const hn::RebindToUnsigned<D> du;
  const V power = hn::BitCast(d, hn::ShiftLeft<23>(hn::BitCast(du, shifted)));
  return hn::Mul(hn::MulAdd(tail, power, power), hn::Set(d, 0x1p-64f));
}

template <class D, class V = hn::Vec<D>, hwy::EnableIf<sizeof(hn::TFromD<D>) == 8>* = nullptr>
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

// log(1 + x) for x in [0, 1]; in binary64 for any x >= 0.
template <class D, class V = hn::Vec<D>, hwy::EnableIf<sizeof(hn::TFromD<D>) == 4>* = nullptr>
HWY_INLINE V Logarithm1p(D d, V x) {
  // x + x^2 q(x), minimax
  constexpr float kCoefficients[] = {-0.00331854044632f, 0.0202048867317f, -0.0576650041265f,
                                     0.106806116397f,    -0.153554291677f, 0.196954118846f,
                                     -0.249585896469f,   0.333305115492f,  -0.499999327739f};
  return hn::MulAdd(hn::Mul(x, x), Polynomial(d, x, kCoefficients), x);
}

template <class D, class V = hn::Vec<D>, hwy::EnableIf<sizeof(hn::TFromD<D>) == 8>* = nullptr>
HWY_INLINE V Logarithm1p(D d, V x) {
  return hn::IfThenElse(hn::IsNaN(x), x, hn::Log1p(d, x));
}

// atan(x) for x in [0, 1].
template <class D, class V = hn::Vec<D>, hwy::EnableIf<sizeof(hn::TFromD<D>) == 4>* = nullptr>
HWY_INLINE V ArctangentOfRatio(D d, V x) {
  // x + x^3 q(x^2), minimax
  constexpr float kCoefficients[] = {-0.00179364538877f, 0.0109147209406f, -0.0311780812115f,
                                     0.057957855361f,    -0.084034674625f, 0.109521924021f,
                                     -0.1426424311f,     0.199985484319f,  -0.333332990941f};
  const V square = hn::Mul(x, x);
  return hn::MulAdd(hn::Mul(square, x), Polynomial(d, square, kCoefficients), x);
}

template <class D, class V = hn::Vec<D>, hwy::EnableIf<sizeof(hn::TFromD<D>) == 8>* = nullptr>
HWY_INLINE V ArctangentOfRatio(D d, V x) {
  return hn::Atan(d, x);
}

// The logistic function of x without overflow or cancellation at either end.
template <class D>
struct Logistic {
  using V = hn::Vec<D>;

  HWY_INLINE Logistic(D d, V x)
      : positive(hn::Ge(x, hn::Zero(d))),
        minus_magnitude(hn::Or(x, hn::SignBit(d))),
        exp(Exponential(d, minus_magnitude)),
        log1p_exp(Logarithm1p(d, exp)),
        larger(hn::Sub(log1p_exp, minus_magnitude)),
        reciprocal(hn::Div(hn::Set(d, 1), hn::Add(hn::Set(d, 1), exp))),
        small(hn::Mul(exp, reciprocal)) {}

  // p and 1 - p
  HWY_INLINE V probability() const { return hn::IfThenElse(positive, reciprocal, small); }
  HWY_INLINE V complement() const { return hn::IfThenElse(positive, small, reciprocal); }
  // softplus(-x) = -log p and softplus(x) = -log(1 - p)
  HWY_INLINE V loss_of_positive() const { return hn::IfThenElse(positive, log1p_exp, larger); }
  HWY_INLINE V loss_of_negative() const { return hn::IfThenElse(positive, larger, log1p_exp); }

  hn::Mask<D> positive;  // x >= 0
  V minus_magnitude;     // -|x|
  V exp;                 // e = e^-|x|
  V log1p_exp, larger;   // log(1 + e), |x| + log(1 + e)
  V reciprocal, small;   // 1 / (1 + e), e / (1 + e)
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
