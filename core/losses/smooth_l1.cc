// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Smooth L1 with d = prediction - target: |d| < beta: d^2 / (2 beta), gradient d / beta; otherwise
// |d| - beta / 2, sign(d). Girshick, "Fast R-CNN", ICCV 2015, eq. 3 (where beta is 1).

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/losses/smooth_l1.cc"  // NOLINT
// clang-format off
#include "hwy/foreach_target.h"
// clang-format on
#include "core/kernels/pointwise-inl.h"
#include "core/losses/parameters.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {

struct SmoothL1 {
  explicit SmoothL1(const ParameterValues& values) : beta(values[0].number) {}

  template <class D, class T, class V = hn::Vec<D>>
  HWY_INLINE V operator()(D d, V prediction, V target, const T* /*class_parameter*/,
                          V& gradient) const {
    const V b = hn::Set(d, InRange<hn::TFromD<D>>(beta));
    const V half = hn::Set(d, static_cast<hn::TFromD<D>>(0.5));
    const V difference = hn::Sub(prediction, target);
    const V distance = hn::Abs(difference);
    const V scaled = hn::Div(difference, b);
    const auto square = hn::Lt(distance, b);
    const V sign = hn::CopySign(hn::Set(d, 1), difference);
    const V slope = hn::IfThenElse(square, scaled, sign);
    gradient = hn::IfThenElse(hn::IsNaN(difference), difference, slope);
    return hn::IfThenElse(square, hn::Mul(hn::Mul(difference, scaled), half),
                          hn::NegMulAdd(half, b, distance));
  }

  double beta;
};

const LossKernels& SmoothL1Kernels() { return PointwiseKernels<SmoothL1>(); }

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace detloss {

HWY_EXPORT(SmoothL1Kernels);

const LossInfo& SmoothL1Loss() {
  static constexpr ParameterSpec kParameters[] = {
      {.name = "beta",
       .kind = ParameterKind::kNumber,
       .description = "where the square turns into the line",
       .default_value = 1,
       .min = std::numeric_limits<double>::min()}};
  static constexpr LossInfo kInfo = {
      .name = "smooth_l1",
      .family = Family::kRegression,
      .summary = "Squared difference near 0, absolute difference elsewhere",
      .formula = "0.5 d^2 / beta if |d| < beta else |d| - 0.5 beta",
      .paper = "Girshick, Fast R-CNN, ICCV 2015",
      .parameters = kParameters,
      .kernels = []() -> const LossKernels& { return HWY_DYNAMIC_DISPATCH(SmoothL1Kernels)(); }};
  return kInfo;
}

}  // namespace detloss
#endif  // HWY_ONCE
