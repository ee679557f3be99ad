// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Statistics of one block, from what its kernel read and wrote, and of a request from its blocks.

#ifndef DETLOSS_CORE_STATISTICS_H_
#define DETLOSS_CORE_STATISTICS_H_

#include "core/kernels/kernels.h"
#include "core/kernels/statistics.h"
#include "detloss/plan.h"

namespace detloss {

// REQUIRES: plan.statistics.
StatisticsFacts FactsOf(const PlanDetails& plan);

// The sums of a block that was computed with values and gradients, without its items of weight 0.
// They run over 16 lanes as those of kernels do, so that they do not depend on the width of a
// vector.
template <class T>
StatisticsSums SumsOf(const StatisticsFacts& facts, const Block<T>& block);

void Combine(const StatisticsSums& part, StatisticsSums& sums);
Statistics Finish(const StatisticsSums& sums);

}  // namespace detloss

#endif  // DETLOSS_CORE_STATISTICS_H_
