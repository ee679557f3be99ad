// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Generalized IoU. Rezatofighi et al., "Generalized Intersection over Union", CVPR 2019, eq. 4.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/losses/giou.cc"  // NOLINT
// clang-format off
#include "hwy/foreach_target.h"
// clang-format on
#include "core/kernels/box-inl.h"
#include "core/losses/parameters.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {

struct Giou {
  explicit Giou(const ParameterValues& values) : options(values) {}

  template <class Boxes>
  HWY_INLINE auto operator()(Boxes& boxes) const {
    const auto intersection = boxes.Intersection();
    const auto area = boxes.Union(intersection);
    const auto enclosing = boxes.EnclosingWidth() * boxes.EnclosingHeight();
    return Boxes::Value(1) - boxes.Ratio(intersection, area) +
           boxes.Ratio(enclosing - area, enclosing);
  }

  BoxOptions options;
};

const LossKernels& GiouKernels() { return BoxKernels<Giou>(); }

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace detloss {

HWY_EXPORT(GiouKernels);

const LossInfo& GiouLoss() {
  static constexpr ParameterSpec kParameters[] = {kFormat, kConvention};
  static constexpr LossInfo kInfo = {
      .name = "giou",
      .family = Family::kBox,
      .summary = "Generalized IoU of boxes",
      .formula = "1 - I / U + (C - U) / C",
      .paper = "Rezatofighi et al., Generalized Intersection over Union, CVPR 2019",
      .parameters = kParameters,
      .kernels = []() -> const LossKernels& { return HWY_DYNAMIC_DISPATCH(GiouKernels)(); }};
  return kInfo;
}

}  // namespace detloss
#endif  // HWY_ONCE
