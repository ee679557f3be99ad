// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Which losses an evaluation is about.

#ifndef DETLOSS_CLI_SELECTION_H_
#define DETLOSS_CLI_SELECTION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "detloss/v1/loss_service.pb.h"

namespace detloss::cli {

// A loss to evaluate.
struct SelectedLoss {
  std::string name;
  v1::LossFamily family = v1::LOSS_FAMILY_UNSPECIFIED;
};

// The losses `names` of those that the server has; when empty, all box losses. INVALID_ARGUMENT for
// a loss that is given twice, that the server does not have, or that is neither about boxes nor
// about independent logits.
absl::StatusOr<std::vector<SelectedLoss>> SelectLosses(const std::vector<std::string>& names,
                                                       const v1::ListLossesResponse& known);

// The names of those of `losses` that are of `family`, in their order.
std::vector<std::string> NamesOf(const std::vector<SelectedLoss>& losses, v1::LossFamily family);

}  // namespace detloss::cli

#endif  // DETLOSS_CLI_SELECTION_H_
