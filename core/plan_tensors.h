// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_CORE_PLAN_TENSORS_H_
#define DETLOSS_CORE_PLAN_TENSORS_H_

#include <vector>

#include "detloss/plan.h"

namespace detloss {

// What is known of a plan once its tensors are checked.
struct TensorFacts {
  bool items = false;  // classes, items and their shape
  bool rows = false;   // rows, and the items of each
};

// Checks the tensors of `problem` and fills in what `plan` says of them, as far as they are right.
// REQUIRES: plan.loss is that of the problem.
TensorFacts PlanTensors(const Problem& problem, const Limits& limits, PlanDetails& plan,
                        std::vector<Violation>& violations);

}  // namespace detloss

#endif  // DETLOSS_CORE_PLAN_TENSORS_H_
