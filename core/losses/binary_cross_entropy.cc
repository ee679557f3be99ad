// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Binary cross entropy from logits, with the positive part weighted by w:
// value = w y softplus(-x) + (1 - y) softplus(x), gradient = (1 - y) p - w y (1 - p), p =
// sigmoid(x).

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/losses/binary_cross_entropy.cc"  // NOLINT
// clang-format off
#include "hwy/foreach_target.h"
// clang-format on
#include "core/kernels/math-inl.h"
#include "core/kernels/pointwise-inl.h"
#include "core/losses/parameters.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {

struct BinaryCrossEntropy {
  explicit BinaryCrossEntropy(const ParameterValues& values)
      : weight(values[0].numbers.size() == 1 ? values[0].numbers[0] : 1) {}

  template <class D, class T, class V = hn::Vec<D>>
  HWY_INLINE V operator()(D d, V prediction, V target, const T* class_weight, V& gradient) const {
    const Logistic<D> logistic(d, prediction);
    const V w = class_weight ? hn::LoadU(d, class_weight) : hn::Set(d, InRange<T>(weight));
    const V positive = hn::Mul(w, target);
    const V negative = hn::Sub(hn::Set(d, 1), target);
    gradient = hn::Sub(hn::Mul(negative, logistic.probability()),
                       hn::Mul(positive, logistic.complement()));
    return hn::Add(Gated(d, positive, logistic.loss_of_positive()),
                   Gated(d, negative, logistic.loss_of_negative()));
  }

  double weight;  // of positives, unless each class has its own
};

const LossKernels& BinaryCrossEntropyKernels() { return PointwiseKernels<BinaryCrossEntropy>(); }

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace detloss {

HWY_EXPORT(BinaryCrossEntropyKernels);

const LossInfo& BinaryCrossEntropyLoss() {
  static constexpr ParameterSpec kParameters[] = {{.name = "positive_weight",
                                                   .kind = ParameterKind::kNumbers,
                                                   .description = "weight of the positive part",
                                                   .min = 0,
                                                   .broadcasts = true},
                                                  kIgnoreIndex};
  static constexpr LossInfo kInfo = {.name = "binary_cross_entropy",
                                     .family = Family::kSigmoid,
                                     .summary = "Cross entropy of independent classes, from logits",
                                     .formula = "-(w y log p + (1 - y) log(1 - p)), p = sigmoid(x)",
                                     .paper = "",
                                     .parameters = kParameters,
                                     .kernels = []() -> const LossKernels& {
                                       return HWY_DYNAMIC_DISPATCH(BinaryCrossEntropyKernels)();
                                     }};
  return kInfo;
}

}  // namespace detloss
#endif  // HWY_ONCE
