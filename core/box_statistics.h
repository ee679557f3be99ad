// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_CORE_BOX_STATISTICS_H_
#define DETLOSS_CORE_BOX_STATISTICS_H_

#include "core/plan.h"
#include "core/statistics.h"

namespace detloss {

// Adds a pair of boxes of four numbers each, in the format of the plan.
template <class T>
void AddBoxes(const PlanDetails& plan, const T* prediction, const T* target, StatisticsSums& sums);

}  // namespace detloss

#endif  // DETLOSS_CORE_BOX_STATISTICS_H_
