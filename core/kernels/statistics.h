// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What the statistics of a block add up to.

#ifndef DETLOSS_CORE_KERNELS_STATISTICS_H_
#define DETLOSS_CORE_KERNELS_STATISTICS_H_

#include "core/kernels/box_options.h"
#include "detloss/registry.h"
#include "detloss/statistics.h"

namespace detloss {

// A sum of squares of numbers of any size: large and small ones are scaled, so that their squares
// neither overflow nor vanish. Blue, "A Portable Fortran Program to Find the Euclidean Norm of a
// Vector", TOMS 1978.
struct SquareSum {
  // Numbers between these are squared as they are, smaller ones times and larger ones over kScale.
  // So the square of any number but 0 is a normal one, and no sum of 2^100 of them overflows.
  static constexpr double kSmall = 0x1p-450, kLarge = 0x1p450, kScale = 0x1p600;

  void Add(const SquareSum& part);
  // The square root of the sum.
  double Root() const;

  double large = 0, middle = 0, small = 0;
};

// Sums over blocks; turned into Statistics at the end.
struct StatisticsSums {
  Statistics counts;
  SquareSum gradient_squares;
  double iou_sum = 0;
  int64_t box_count = 0;
};

// What is the same for every block of a request.
struct StatisticsFacts {
  Family family;
  double log_threshold, logit_threshold;  // of `easy_threshold`, a probability
  BoxFormat format;                       // of boxes
};

}  // namespace detloss

#endif  // DETLOSS_CORE_KERNELS_STATISTICS_H_
