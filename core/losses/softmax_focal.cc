// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Focal loss of exclusive classes, from logits: value = w_t u^gamma s with s = -log p_t and u = 1 -
// p_t. Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, eq. 4.
//
// d value / d x_c = w_t (u^gamma + gamma s p_t u^(gamma - 1)) (p_c - [c = t]): the gradient of
// cross entropy times a number. s / u tends to 1 as p_t tends to 1, so that nothing is divided by
// 0.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/losses/softmax_focal.cc"  // NOLINT
// clang-format off
#include "hwy/foreach_target.h"
// clang-format on
#include "core/kernels/row-inl.h"
#include "core/losses/parameters.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {

class SoftmaxFocal {
 public:
  explicit SoftmaxFocal(const ParameterValues& values) : gamma_(values[0].number) {}

  static double smoothing() { return 0; }

  Focus FocusAt(double log_p) const {
    const double miss = -std::expm1(log_p);
    const double focus = gamma_ == 2 ? miss * miss : std::pow(miss, gamma_);
    const double surprise_ratio = miss > 0 ? -log_p / miss : 1 - log_p;
    const double p = std::exp(log_p);
    // Where p vanishes, so does its product with any surprise.
    return {focus, focus * (p == 0 ? 1 : 1 + gamma_ * (surprise_ratio * p))};
  }

 private:
  double gamma_;
};

const LossKernels& SoftmaxFocalKernels() { return RowKernels<SoftmaxFocal>(); }

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace detloss {

HWY_EXPORT(SoftmaxFocalKernels);

const LossInfo& SoftmaxFocalLoss() {
  static constexpr ParameterSpec kParameters[] = {kGamma, kClassWeights, kIgnoreIndex};
  static constexpr LossInfo kInfo = {
      .name = "softmax_focal",
      .family = Family::kSoftmax,
      .summary = "Focal loss of exclusive classes, from logits",
      .formula = "-w_t (1 - p_t)^gamma log p_t, p = softmax(x)",
      .paper = "Lin et al., Focal Loss for Dense Object Detection, ICCV 2017",
      .parameters = kParameters,
      .needs_class_indices = true,
      .kernels = []() -> const LossKernels& {
        return HWY_DYNAMIC_DISPATCH(SoftmaxFocalKernels)();
      }};
  return kInfo;
}

}  // namespace detloss
#endif  // HWY_ONCE
