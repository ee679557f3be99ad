// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_CORE_BOX_STATISTICS_H_
#define DETLOSS_CORE_BOX_STATISTICS_H_

#include "core/losses/parameters.h"
#include "core/statistics.h"
#include "detloss/plan.h"

namespace detloss {

// The format of the boxes of a plan. REQUIRES: its loss is one of boxes.
BoxFormat FormatOf(const PlanDetails& plan);

// Adds a pair of boxes of four numbers each.
template <class T>
void AddBoxes(BoxFormat format, const Unaligned<T>* prediction, const Unaligned<T>* target,
              StatisticsSums& sums);

}  // namespace detloss

#endif  // DETLOSS_CORE_BOX_STATISTICS_H_
