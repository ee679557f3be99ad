// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Which samples carry a loss, for those who ask.

#ifndef DETLOSS_STATISTICS_H_
#define DETLOSS_STATISTICS_H_

#include <cstdint>

namespace detloss {

struct SampleGroup {
  int64_t count = 0;
  double loss_sum = 0;
  double gradient_abs_sum = 0;
};

// The fields mean what proto/detloss/v1/loss_service.proto says of TermStatistics.
struct Statistics {
  int64_t element_count = 0;
  double gradient_norm = 0;
  double gradient_abs_max = 0;
  SampleGroup easy_positive, hard_positive, easy_negative, hard_negative;
  int64_t degenerate_count = 0;
  int64_t inverted_count = 0;
  int64_t non_overlapping_count = 0;
  double mean_iou = 0;
};

}  // namespace detloss

#endif  // DETLOSS_STATISTICS_H_
