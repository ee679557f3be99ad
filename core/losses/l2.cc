// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Squared difference, without a factor of 0.5.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/losses/l2.cc"  // NOLINT
// clang-format off
#include "hwy/foreach_target.h"
// clang-format on
#include "core/kernels/pointwise-inl.h"
#include "core/losses/parameters.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {

struct L2 {
  explicit L2(const ParameterValues& /*values*/) {}

  template <class D, class T, class V = hn::Vec<D>>
  HWY_INLINE V operator()(D d, V prediction, V target, const T* /*class_parameter*/,
                          V& gradient) const {
    const V difference = hn::Sub(prediction, target);
    gradient = hn::Mul(hn::Set(d, 2), difference);
    return hn::Mul(difference, difference);
  }
};

const LossKernels& L2Kernels() { return PointwiseKernels<L2>(); }

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace detloss {

HWY_EXPORT(L2Kernels);

const LossInfo& L2Loss() {
  static constexpr LossInfo kInfo = {
      .name = "l2",
      .family = Family::kRegression,
      .summary = "Squared difference",
      .formula = "d^2, d = prediction - target",
      .paper = "",
      .parameters = {},
      .kernels = []() -> const LossKernels& { return HWY_DYNAMIC_DISPATCH(L2Kernels)(); }};
  return kInfo;
}

}  // namespace detloss
#endif  // HWY_ONCE
