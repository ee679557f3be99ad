// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Softmax cross entropy with class indices or distributions, label smoothing and class weights:
// value = sum_c w_c t_c (logsumexp(x) - x_c), gradient_c = p_c sum_k w_k t_k - w_c t_c.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/losses/cross_entropy.cc"  // NOLINT
// clang-format off
#include "hwy/foreach_target.h"
// clang-format on
#include "core/kernels/row-inl.h"
#include "core/losses/parameters.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {

class CrossEntropy {
 public:
  explicit CrossEntropy(const ParameterValues& values) : smoothing_(values[0].number) {}

  double smoothing() const { return smoothing_; }
  static Focus FocusAt(double /*log_p*/) { return {}; }

 private:
  double smoothing_;
};

const LossKernels& CrossEntropyKernels() { return RowKernels<CrossEntropy>(); }

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace detloss {

HWY_EXPORT(CrossEntropyKernels);

const LossInfo& CrossEntropyLoss() {
  static constexpr ParameterSpec kParameters[] = {
      {.name = "label_smoothing",
       .kind = ParameterKind::kNumber,
       .description = "part of the target that is spread evenly over the classes",
       .default_value = 0,
       .min = 0,
       .max = 1},
      kIgnoreIndex,
      kClassWeights};
  static constexpr LossInfo kInfo = {.name = "cross_entropy",
                                     .family = Family::kSoftmax,
                                     .summary = "Cross entropy of exclusive classes, from logits",
                                     .formula = "sum_c w_c t_c (logsumexp(x) - x_c)",
                                     .paper = "",
                                     .parameters = kParameters,
                                     .kernels = []() -> const LossKernels& {
                                       return HWY_DYNAMIC_DISPATCH(CrossEntropyKernels)();
                                     }};
  return kInfo;
}

}  // namespace detloss
#endif  // HWY_ONCE
