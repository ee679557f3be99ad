// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// A problem taken apart into items: one for every value of the loss.

#ifndef DETLOSS_TESTS_REFERENCE_ITEMS_H_
#define DETLOSS_TESTS_REFERENCE_ITEMS_H_

#include "tests/reference/reference.h"

namespace detloss::reference {

struct Items {
  size_t count = 0;
  size_t width = 1;    // elements of the prediction for each item
  size_t per_row = 1;  // items of each row
  size_t classes = 1;  // the last axis, of elements even where each is a row
  Shape shape;         // the shape of the unreduced loss

  // As the core computes with them: rounded to binary32 unless the prediction is FLOAT64.
  std::vector<Real> prediction, target;  // [count, width]
  std::vector<Real> weight;              // [count]; 0 where ignored
  std::vector<Real> mass;                // [count]; what each adds to the denominator of MEAN
  int64_t non_finite_count = 0;

  Item At(size_t i) const;
};

Items ReadItems(const Problem& problem);

// The value and the gradient of one item, without scale and weight, and their conditions.
struct Evaluation {
  Quantity value;
  std::vector<Quantity> gradient;
};
Evaluation Evaluate(const Problem& problem, const Items& items, size_t i);

// The value and gradient of every item, scaled and weighted as the problem asks.
std::vector<Evaluation> EvaluateAll(const Problem& problem, const Items& items);

// What MEAN divides by in each segment, and the first item of each and the end.
std::vector<Real> Denominators(const Problem& problem, const Items& items);
std::vector<size_t> SegmentItems(const Problem& problem, const Items& items);

}  // namespace detloss::reference

#endif  // DETLOSS_TESTS_REFERENCE_ITEMS_H_
