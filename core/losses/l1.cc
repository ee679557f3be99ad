// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Absolute difference. The gradient at 0 is 0.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/losses/l1.cc"  // NOLINT
// clang-format off
#include "hwy/foreach_target.h"
// clang-format on
#include "core/kernels/pointwise-inl.h"
#include "core/losses/parameters.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {

struct L1 {
  explicit L1(const ParameterValues& /*values*/) {}

  template <class D, class T, class V = hn::Vec<D>>
  HWY_INLINE V operator()(D d, V prediction, V target, const T* /*class_parameter*/,
                          V& gradient) const {
    const V difference = hn::Sub(prediction, target);
    const V zero = hn::Zero(d);
    const V sign = hn::CopySign(hn::Set(d, 1), difference);
    // Not a comparison with 0 alone: NaN must stay NaN.
    const V slope = hn::IfThenElse(hn::Eq(difference, zero), zero, sign);
    gradient = hn::IfThenElse(hn::IsNaN(difference), difference, slope);
    return hn::Abs(difference);
  }
};

const LossKernels& L1Kernels() { return PointwiseKernels<L1>(); }

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace detloss {

HWY_EXPORT(L1Kernels);

const LossInfo& L1Loss() {
  static constexpr LossInfo kInfo = {
      .name = "l1",
      .family = Family::kRegression,
      .summary = "Absolute difference",
      .formula = "|d|, d = prediction - target",
      .paper = "",
      .parameters = {},
      .kernels = []() -> const LossKernels& { return HWY_DYNAMIC_DISPATCH(L1Kernels)(); }};
  return kInfo;
}

}  // namespace detloss
#endif  // HWY_ONCE
