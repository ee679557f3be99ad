// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Statistics of one block, from what its kernel read and wrote. Sums run in index order, so that
// they do not depend on threads.

#ifndef DETLOSS_CORE_STATISTICS_H_
#define DETLOSS_CORE_STATISTICS_H_

#include "core/kernels/kernels.h"
#include "detloss/loss.h"

namespace detloss {

// A sum of squares of numbers of any size: large and small ones are scaled, so that their squares
// neither overflow nor vanish. Blue, "A Portable Fortran Program to Find the Euclidean Norm of a
// Vector", TOMS 1978.
class SquareSum {
 public:
  void Add(double x);
  void Add(const SquareSum& part);
  // The square root of the sum.
  double Root() const;

 private:
  double large_ = 0, middle_ = 0, small_ = 0;
};

// Sums over blocks; turned into Statistics at the end.
struct StatisticsSums {
  Statistics counts;
  SquareSum gradient_squares;
  double iou_sum = 0;
  int64_t box_count = 0;
};

// Adds a block that was computed with values and gradients, without its items of weight 0.
template <class T>
void AddStatistics(const PlanDetails& plan, const Block<T>& block, StatisticsSums& sums);

void Combine(const StatisticsSums& part, StatisticsSums& sums);
Statistics Finish(const StatisticsSums& sums);

}  // namespace detloss

#endif  // DETLOSS_CORE_STATISTICS_H_
