// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// A function of the intersection over union of two boxes. LOG: Yu et al., "UnitBox: An Advanced
// Object Detection Network", ACM MM 2016.

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/losses/iou.cc"  // NOLINT
// clang-format off
#include "hwy/foreach_target.h"
// clang-format on
#include "core/kernels/box-inl.h"
#include "core/losses/parameters.h"

HWY_BEFORE_NAMESPACE();
namespace detloss {
namespace HWY_NAMESPACE {

enum class IouMode : uint8_t { kLinear, kLog, kSquared };  // in the order of the wire

struct Iou {
  explicit Iou(const ParameterValues& values)
      : options(values), mode(static_cast<IouMode>(values[2].number)) {}

  template <class Boxes>
  HWY_INLINE auto operator()(Boxes& boxes) const {
    const auto iou = boxes.Iou();
    const auto one = Boxes::Value(1);
    if (mode == IouMode::kLinear) return one - iou;
    if (mode == IouMode::kSquared) return one - iou * iou;
    // No logarithm of 0: boxes that do not overlap get the largest finite value, and no gradient.
    const auto least = Boxes::Value(std::numeric_limits<typename Boxes::T>::min());
    boxes.WillDivideBy(iou.value);
    return NegativeLog(Select(hn::Lt(iou.value, least.value), least, iou));
  }

  BoxOptions options;
  IouMode mode;
};

const LossKernels& IouKernels() { return BoxKernels<Iou>(); }

}  // namespace HWY_NAMESPACE
}  // namespace detloss
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace detloss {

HWY_EXPORT(IouKernels);

const LossInfo& IouLoss() {
  static constexpr absl::string_view kModes[] = {"LINEAR", "LOG", "SQUARED"};
  static constexpr ParameterSpec kParameters[] = {kFormat,
                                                  kConvention,
                                                  {.name = "mode",
                                                   .kind = ParameterKind::kChoice,
                                                   .description = "1 - IoU, -log(IoU) or 1 - IoU^2",
                                                   .choices = kModes}};
  static constexpr LossInfo kInfo = {
      .name = "iou",
      .family = Family::kBox,
      .summary = "Intersection over union of boxes",
      .formula = "1 - I / U",
      .paper = "Yu et al., UnitBox, ACM MM 2016",
      .parameters = kParameters,
      .kernels = []() -> const LossKernels& { return HWY_DYNAMIC_DISPATCH(IouKernels)(); }};
  return kInfo;
}

}  // namespace detloss
#endif  // HWY_ONCE
