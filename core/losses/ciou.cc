// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Complete IoU: distance IoU and alpha v, where v compares the aspect ratios and alpha weighs it.
// Zheng et al., "Distance-IoU Loss", AAAI 2020, eq. 8 to 11. As in the paper alpha is a constant
// for the gradient.

#include <numbers>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/losses/ciou.cc"  // NOLINT
// clang-format off
#include "hwy/foreach_target.h"
// clang-format on
#include "core/kernels/box-inl.h"
#include "core/losses/parameters.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {

struct Ciou {
  explicit Ciou(const ParameterValues& values) : options(values) {}

  template <class Boxes>
  HWY_INLINE auto operator()(Boxes& boxes) const {
    const auto miss = Boxes::Value(1) - boxes.Iou();
    const auto angle = boxes.AspectDifference();
    constexpr double kFactor = 4 / (std::numbers::pi * std::numbers::pi);
    const auto v = Boxes::Value(static_cast<typename Boxes::T>(kFactor)) * Square(angle);
    const auto fixed = Fixed(v);
    const auto alpha = boxes.Ratio(fixed, Fixed(miss) + fixed);
    return miss + boxes.CenterDistance() + alpha * v;
  }

  BoxOptions options;
};

const LossKernels& CiouKernels() { return BoxKernels<Ciou>(); }

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace detloss {

HWY_EXPORT(CiouKernels);

const LossInfo& CiouLoss() {
  static constexpr ParameterSpec kParameters[] = {kFormat, kConvention};
  static constexpr LossInfo kInfo = {
      .name = "ciou",
      .family = Family::kBox,
      .summary = "Complete IoU of boxes",
      .formula = "1 - I / U + d^2 / c^2 + alpha v, v = 4 / pi^2 (atan(wt / ht) - atan(w / h))^2",
      .paper = "Zheng et al., Distance-IoU Loss, AAAI 2020",
      .parameters = kParameters,
      .kernels = []() -> const LossKernels& { return HWY_DYNAMIC_DISPATCH(CiouKernels)(); }};
  return kInfo;
}

}  // namespace detloss
#endif  // HWY_ONCE
