// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Where data is wrong. Execution only sees that it is; wrong data ends a request, so that this
// second, slow look for positions costs nobody else. It ends early, and what it says counts for
// nothing, when the request is cancelled.

#ifndef DETLOSS_CORE_BAD_DATA_H_
#define DETLOSS_CORE_BAD_DATA_H_

#include <vector>

#include "core/cancellation.h"
#include "detloss/plan.h"

namespace detloss {

// Names the first target outside its range. REQUIRES: there is one.
void ReportTarget(const PlanDetails& plan, const Cancellation& cancellation,
                  std::vector<Violation>& violations);

// Counts, in each tensor, the elements that are not finite as T, the type of the computation, and
// names the first.
template <class T>
void ReportNonFinite(const PlanDetails& plan, const Cancellation& cancellation,
                     std::vector<Violation>& violations);

}  // namespace detloss

#endif  // DETLOSS_CORE_BAD_DATA_H_
