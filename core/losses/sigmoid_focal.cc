// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Focal loss of independent classes, from logits:
// value = alpha_t m^gamma BCE(x, y) with m = 1 - p_t = y (1 - p) + (1 - y) p, p = sigmoid(x).
// Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, eq. 5.
//
// m^gamma is exp(gamma log m), so that gamma in [0, 1) and saturated logits stay finite.

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
    const auto positive = hn::Eq(target, hn::Set(d, 1));
    const auto hard = hn::Or(positive, hn::Eq(target, hn::Zero(d)));
    const V value = HardLabel(d, prediction, positive, gradient);
    if (HWY_LIKELY(hn::AllTrue(d, hard))) return value;
    // By value and out of line: what has an address stays in no register.
    const Outcome<D> soft = SoftLabel(*this, d, prediction, target);
    gradient = hn::IfThenElse(hard, gradient, soft.gradient);
    return hn::IfThenElse(hard, value, soft.value);
  }

 private:
  template <class D>
  struct Outcome {
    hn::Vec<D> value, gradient;
  };

  // Targets of 0 and 1. With z the logit of the label, its loss is alpha_t m^gamma softplus(-z),
  // and the derivative by z is -alpha_t m^gamma (m + gamma (1 - m) softplus(-z)).
  template <class D, class M, class V = hn::Vec<D>>
  HWY_INLINE V HardLabel(D d, V prediction, M positive, V& gradient) const {
    using T = hn::TFromD<D>;
    const Logistic<D> logistic(d, prediction);
    const V z = hn::IfThenElse(positive, prediction, hn::Neg(prediction));
    const auto wrong = hn::Lt(z, hn::Zero(d));
    const V m = hn::IfThenElse(wrong, logistic.reciprocal, logistic.small);
    const V rest = hn::IfThenElse(wrong, logistic.small, logistic.reciprocal);
    const V cross_entropy = hn::IfThenElse(wrong, logistic.larger, logistic.log1p_exp);
    const V minus_log_m = hn::IfThenElse(wrong, logistic.log1p_exp, logistic.larger);
    const V focus = gamma == 2 ? hn::Mul(m, m) : Focus(d, hn::Neg(minus_log_m));
    const V balance = hn::IfThenElse(positive, hn::Set(d, static_cast<T>(alpha < 0 ? 1 : alpha)),
                                     hn::Set(d, static_cast<T>(alpha < 0 ? 1 : 1 - alpha)));
    const V factor = hn::Mul(balance, focus);
    const V bend = Gated(d, rest, cross_entropy);
    const V slope = hn::MulAdd(hn::Set(d, static_cast<T>(gamma)), bend, m);
    const V size = hn::Mul(factor, slope);
    gradient = hn::IfThenElse(positive, hn::Neg(size), size);
    return Gated(d, factor, cross_entropy);
  }

  // Other targets; what it makes of 0 and 1 is not used. With e = e^-|x| and r = 1 / (1 + e),
  // m = r (a + b e), where (a, b) is (1 - y, y) for x >= 0 and (y, 1 - y) otherwise.
  template <class D, class V = hn::Vec<D>>
  static HWY_NOINLINE Outcome<D> SoftLabel(SigmoidFocal loss, D d, V prediction, V target) {
    using T = hn::TFromD<D>;
    const V one = hn::Set(d, 1);
    const Logistic<D> logistic(d, prediction);
    const V negative = hn::Sub(one, target);
    const auto right = hn::Ge(prediction, hn::Zero(d));
    const V a = hn::IfThenElse(right, negative, target);
    const V b = hn::IfThenElse(right, target, negative);
    const V mixture = hn::MulAdd(b, logistic.exp, a);
    const V log_m = hn::Sub(Logarithm(d, mixture), logistic.log1p_exp);
    // Beyond [0, 1] targets may have m > 1, which is out of the domain of Exponential.
    const V above = hn::Exp(d, hn::Mul(hn::Set(d, static_cast<T>(loss.gamma)), log_m));
    const V focus = hn::IfThenElse(hn::Gt(log_m, hn::Zero(d)), above, loss.Focus(d, log_m));
    // p (1 - p) / m, in which everything that could underflow cancels.
    const V ratio =
        hn::Div(logistic.small, hn::IfThenElse(hn::Eq(mixture, hn::Zero(d)), one, mixture));
    const V cross_entropy = hn::Add(Gated(d, target, logistic.loss_of_positive()),
                                    Gated(d, negative, logistic.loss_of_negative()));
    const V slope =
        hn::Sub(hn::Mul(negative, logistic.probability()), hn::Mul(target, logistic.complement()));
    const V gamma_ratio = hn::Mul(hn::Set(d, static_cast<T>(loss.gamma)), ratio);
    const V sign = hn::Sub(negative, target);
    const V bend = hn::Mul(Gated(d, gamma_ratio, cross_entropy), sign);
    const V factor = hn::Mul(loss.Balance(d, target), focus);
    return {Gated(d, factor, cross_entropy), Gated(d, factor, hn::Add(slope, bend))};
  }

  // m^gamma for m <= 1
  template <class D, class V = hn::Vec<D>>
  HWY_INLINE V Focus(D d, V log_m) const {
    using T = hn::TFromD<D>;
    if (gamma == 0) return hn::IfThenElse(hn::IsNaN(log_m), log_m, hn::Set(d, 1));
    return Exponential(d, hn::Mul(hn::Set(d, static_cast<T>(gamma)), log_m));
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
