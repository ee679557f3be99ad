// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_TESTS_DOCS_LOSSES_TEXT_H_
#define DETLOSS_TESTS_DOCS_LOSSES_TEXT_H_

#include <string>

namespace detloss {

// What docs/losses.md must hold, from the rows of the registry.
std::string LossesText();

}  // namespace detloss

#endif  // DETLOSS_TESTS_DOCS_LOSSES_TEXT_H_
