// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Distance IoU. Zheng et al., "Distance-IoU Loss", AAAI 2020, eq. 7.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/losses/diou.cc"  // NOLINT
// clang-format off
#include "hwy/foreach_target.h"
// clang-format on
#include "core/kernels/box-inl.h"
#include "core/losses/parameters.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {

struct Diou {
  explicit Diou(const ParameterValues& values) : options(values) {}

  template <class Boxes>
  HWY_INLINE auto operator()(Boxes& boxes) const {
    return Boxes::Value(1) - boxes.Iou() + boxes.CenterDistance();
  }

  BoxOptions options;
};

const LossKernels& DiouKernels() { return BoxKernels<Diou>(); }

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace detloss {

HWY_EXPORT(DiouKernels);

const LossInfo& DiouLoss() {
  static constexpr ParameterSpec kParameters[] = {kFormat, kConvention};
  static constexpr LossInfo kInfo = {
      .name = "diou",
      .family = Family::kBox,
      .summary = "Distance IoU of boxes",
      .formula = "1 - I / U + d^2 / c^2",
      .paper = "Zheng et al., Distance-IoU Loss, AAAI 2020",
      .parameters = kParameters,
      .kernels = []() -> const LossKernels& { return HWY_DYNAMIC_DISPATCH(DiouKernels)(); }};
  return kInfo;
}

}  // namespace detloss
#endif  // HWY_ONCE
