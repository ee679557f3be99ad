// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The semantics that all losses share: reductions, denominators and segments.

#include <cmath>

#include "tests/reference/items.h"

namespace detloss::reference {
namespace {

void Add(const Quantity& part, Quantity& sum) {
  sum.value += part.value;
  sum.condition += part.condition;
}

Quantity Divide(const Quantity& q, Real divisor) {
  if (divisor == 0) return {};
  return {q.value / divisor, q.condition / divisor};
}

}  // namespace

std::vector<size_t> SegmentItems(const Problem& problem, const Items& items) {
  if (problem.segment_offsets.empty()) return {0, items.count};
  std::vector<size_t> ends;
  for (const int64_t row : problem.segment_offsets) {
    ends.push_back(static_cast<size_t>(row) * items.per_row);
  }
  return ends;
}

std::vector<Real> Denominators(const Problem& problem, const Items& items) {
  const std::vector<size_t> ends = SegmentItems(problem, items);
  std::vector<Real> denominators;
  for (size_t s = 0; s + 1 < ends.size(); ++s) {
    Real mass = 0;
    for (size_t i = ends[s]; i < ends[s + 1]; ++i) mass += items.mass[i];
    denominators.push_back(problem.normalizer ? *problem.normalizer : mass);
  }
  return denominators;
}

Expected Compute(const Problem& problem) {
  const Items items = ReadItems(problem);
  const std::vector<Evaluation> evaluations = EvaluateAll(problem, items);
  const std::vector<size_t> ends = SegmentItems(problem, items);
  const std::vector<Real> denominators = Denominators(problem, items);
  Expected expected;
  expected.non_finite_count = items.non_finite_count;
  const bool none = problem.reduction == Reduction::kNone;
  if (none) expected.loss_shape = items.shape;
  for (size_t s = 0; s < denominators.size(); ++s) {
    Quantity sum;
    for (size_t i = ends[s]; i < ends[s + 1]; ++i) {
      Add(evaluations[i].value, sum);
      if (none) expected.loss.push_back(evaluations[i].value);
      for (const Quantity& q : evaluations[i].gradient) expected.gradient.push_back(q);
    }
    Add(sum, expected.loss_sum);
    expected.denominator += denominators[s];
    if (!none) {
      const bool mean = problem.reduction == Reduction::kMean;
      expected.loss.push_back(mean ? Divide(sum, denominators[s]) : sum);
      Add(expected.loss.back(), expected.total_loss);
    }
    if (!problem.segment_offsets.empty()) {
      expected.segment_loss_sums.push_back(sum);
      expected.segment_denominators.push_back(denominators[s]);
    }
  }
  if (problem.normalizer) expected.denominator = *problem.normalizer;
  if (!problem.segment_offsets.empty()) {
    expected.loss_shape = {static_cast<int64_t>(denominators.size())};
  }
  return expected;
}

}  // namespace detloss::reference
