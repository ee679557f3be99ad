// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Statistics of one block, from what its kernel read and wrote. Sums run in index order, so that
// they do not depend on threads.

#ifndef DETLOSS_CORE_STATISTICS_H_
#define DETLOSS_CORE_STATISTICS_H_

#include "core/kernels/kernels.h"
#include "core/plan.h"

namespace detloss {

// Sums over blocks; turned into Statistics at the end.
struct StatisticsSums {
  Statistics counts;
  double gradient_square_sum = 0;
  double iou_sum = 0;
  int64_t box_count = 0;
};

// Adds a block that was computed with values and gradients. `ignored` marks items that do not
// count; null if there are none.
template <class T>
void AddStatistics(const PlanDetails& plan, const Block<T>& block, const char* ignored,
                   StatisticsSums& sums);

void Combine(const StatisticsSums& part, StatisticsSums& sums);
Statistics Finish(const StatisticsSums& sums);

}  // namespace detloss

#endif  // DETLOSS_CORE_STATISTICS_H_
