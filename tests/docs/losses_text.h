// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_TESTS_DOCS_LOSSES_TEXT_H_
#define DETLOSS_TESTS_DOCS_LOSSES_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "detloss/registry.h"

namespace detloss {

// What docs/losses.md must hold, from the rows of the registry.
std::string LossesText();

// What prediction and target of a loss hold, as parts of a sentence.
absl::string_view PredictionText(Family family);
absl::string_view TargetText(const LossInfo& loss);

}  // namespace detloss

#endif  // DETLOSS_TESTS_DOCS_LOSSES_TEXT_H_
