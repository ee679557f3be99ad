// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Focal loss of independent classes, from logits:
// value = alpha_t m^gamma BCE(x, y) with m = 1 - p_t = y (1 - p) + (1 - y) p, p = sigmoid(x).
// Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, eq. 5.
//
// m^gamma is exp(gamma log m), so that gamma in [0, 1) and saturated logits stay finite. With
// e = e^-|x| and r = 1 / (1 + e), m = r (a + b e), where (a, b) is (1 - y, y) for x >= 0 and
// (y, 1 - y) otherwise; a = 0 is the easy hard-labelled sample, whose log m = -|x| + log r.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/losses/sigmoid_focal.cc"  // NOLINT
// clang-format off
#include "hwy/foreach_target.h"
// clang-format on
#include "core/kernels/math-inl.h"
#include "core/kernels/pointwise-inl.h"
#include "core/losses/parameters.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {

struct SigmoidFocal {
  explicit SigmoidFocal(const ParameterValues& values)
      : alpha(values[0].number), gamma(values[1].number) {}

  template <class D, class T, class V = hn::Vec<D>>
  HWY_INLINE V operator()(D d, V prediction, V target, const T* /*class_parameter*/,
                          V& gradient) const {
    const V one = hn::Set(d, 1);
    const V zero = hn::Zero(d);
    const Logistic<D> logistic(d, prediction);
    const V negative = hn::Sub(one, target);
    const auto right = hn::Ge(prediction, zero);
    const V a = hn::IfThenElse(right, negative, target);
    const V b = hn::IfThenElse(right, target, negative);
    const V mixture = hn::MulAdd(b, logistic.exp, a);
    const auto easy = hn::Eq(a, zero);
    const V log_mixture =
        hn::IfThenElse(easy, hn::Neg(logistic.magnitude), LogOfMixture(d, mixture));
    const V log_m = hn::Sub(log_mixture, logistic.log1p_exp);
    const V focus = Exponential(d, hn::Mul(hn::Set(d, static_cast<T>(gamma)), log_m));
    // p (1 - p) / m, in which everything that could underflow cancels.
    const V ratio = hn::IfThenElse(
        easy, logistic.reciprocal,
        hn::Div(hn::Mul(logistic.reciprocal, logistic.exp), hn::IfThenElse(easy, one, mixture)));
    const V cross_entropy = hn::Add(Gated(d, target, logistic.loss_of_positive),
                                    Gated(d, negative, logistic.loss_of_negative));
    const V balance = Balance(d, target);
    const V slope =
        hn::Sub(hn::Mul(negative, logistic.probability), hn::Mul(target, logistic.complement));
    const V gamma_ratio = hn::Mul(hn::Set(d, static_cast<T>(gamma)), ratio);
    const V sign = hn::Sub(negative, target);
    const V bend = hn::Mul(Gated(d, gamma_ratio, cross_entropy), sign);
    const V factor = hn::Mul(balance, focus);
    gradient = Gated(d, factor, hn::Add(slope, bend));
    return Gated(d, factor, cross_entropy);
  }

  // alpha_t = alpha y + (1 - alpha) (1 - y), or 1 when alpha is off.
  template <class D, class V = hn::Vec<D>>
  HWY_INLINE V Balance(D d, V target) const {
    using T = hn::TFromD<D>;
    if (alpha < 0) return hn::Set(d, 1);
    // Each part by itself: their difference would lose a small alpha.
    const V negative = hn::Sub(hn::Set(d, 1), target);
    return hn::MulAdd(hn::Set(d, static_cast<T>(alpha)), target,
                      hn::Mul(hn::Set(d, static_cast<T>(1 - alpha)), negative));
  }

  // log of the mixture. For hard labels it is 1 wherever it is asked for: no logarithm is needed.
  template <class D, class V = hn::Vec<D>>
  HWY_INLINE V LogOfMixture(D d, V mixture) const {
    if (HWY_LIKELY(hn::AllTrue(d, hn::Eq(mixture, hn::Set(d, 1))))) return hn::Zero(d);
    return Logarithm(d, mixture);
  }

  double alpha, gamma;
};

const LossKernels& SigmoidFocalKernels() { return PointwiseKernels<SigmoidFocal>(); }

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace detloss {

HWY_EXPORT(SigmoidFocalKernels);

const LossInfo& SigmoidFocalLoss() {
  static constexpr ParameterSpec kParameters[] = {
      {.name = "alpha",
       .kind = ParameterKind::kNumber,
       .description = "weight of positives; negatives weigh 1 - alpha; -1: no weighting",
       .default_value = 0.25,
       .min = 0,
       .max = 1,
       .off_value = -1},
      kGamma,
      kIgnoreIndex};
  static constexpr LossInfo kInfo = {
      .name = "sigmoid_focal",
      .family = Family::kSigmoid,
      .summary = "Focal loss of independent classes, from logits",
      .formula = "alpha_t (1 - p_t)^gamma BCE(x, y)",
      .paper = "Lin et al., Focal Loss for Dense Object Detection, ICCV 2017",
      .parameters = kParameters,
      .kernels = []() -> const LossKernels& {
        return HWY_DYNAMIC_DISPATCH(SigmoidFocalKernels)();
      }};
  return kInfo;
}

}  // namespace detloss
#endif  // HWY_ONCE
