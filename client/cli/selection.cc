// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/selection.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace detloss::cli {
namespace {

std::string AllNames(const v1::ListLossesResponse& known) {
  return absl::StrJoin(known.losses(), ", ", [](std::string* out, const v1::LossDescription& loss) {
    out->append(loss.name());
  });
}

bool CanEvaluate(v1::LossFamily family) {
  return family == v1::LOSS_FAMILY_BOX || family == v1::LOSS_FAMILY_SIGMOID;
}

absl::StatusOr<SelectedLoss> SelectLoss(const std::string& name,
                                        const v1::ListLossesResponse& known) {
  const auto found = std::ranges::find(known.losses(), name, &v1::LossDescription::name);
  if (found == known.losses().end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("there is no loss ", name, "; known: ", AllNames(known)));
  }
  if (!CanEvaluate(found->family())) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " needs more than boxes and scores: it cannot be evaluated"));
  }
  return SelectedLoss{name, found->family()};
}

}  // namespace

absl::StatusOr<std::vector<SelectedLoss>> SelectLosses(const std::vector<std::string>& names,
                                                       const v1::ListLossesResponse& known) {
  std::vector<SelectedLoss> selected;
  for (const std::string& name : names) {
    const absl::StatusOr<SelectedLoss> loss = SelectLoss(name, known);
    if (!loss.ok()) return loss.status();
    if (std::ranges::count(names, name) > 1) {
      return absl::InvalidArgumentError(absl::StrCat("the loss ", name, " is given twice"));
    }
    selected.push_back(*loss);
  }
  if (!names.empty()) return selected;
  for (const v1::LossDescription& loss : known.losses()) {
    if (loss.family() == v1::LOSS_FAMILY_BOX) selected.push_back({loss.name(), loss.family()});
  }
  return selected;
}

std::vector<std::string> NamesOf(const std::vector<SelectedLoss>& losses, v1::LossFamily family) {
  std::vector<std::string> names;
  for (const SelectedLoss& loss : losses) {
    if (loss.family == family) names.push_back(loss.name);
  }
  return names;
}

}  // namespace detloss::cli
