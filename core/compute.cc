// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include <hwy/targets.h>
// clang-format off
#include <hwy/highway.h>
// clang-format on

#include "detloss/convert.h"
#include "detloss/loss.h"

namespace detloss {

absl::StatusOr<LossResult> ComputeLoss(const Problem& problem, const ExecuteOptions& options) {
  std::vector<Violation> violations;
  const std::optional<Plan> plan = MakePlan(problem, Limits(), violations);
  if (!plan) return ToStatus(violations);
  LossResult result;
  result.loss_shape = plan->loss_shape();
  result.loss_data_type = plan->loss_data_type();
  // Buffers of double are aligned for every type.
  std::vector<double> loss(plan->loss_bytes() / sizeof(double) + 1);
  result.gradient.resize(plan->gradient_bytes());
  absl::StatusOr<Summary> summary =
      Execute(*plan, {loss.data(), result.gradient.data()}, options, violations);
  if (!summary.ok()) return summary.status();
  result.summary = *std::move(summary);
  result.loss.resize(static_cast<size_t>(*ElementCount(result.loss_shape)));
  ConvertTo(result.loss_data_type, reinterpret_cast<const std::byte*>(loss.data()),
            result.loss.size(), result.loss.data());
  return result;
}

absl::string_view SimdTarget() {
  const auto targets = hwy::SupportedTargets() & HWY_TARGETS;
  return hwy::TargetName(targets & -targets);
}

}  // namespace detloss
