// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What every loss means: one plain function a loss, written from its formula in long double, and
// the semantics that all losses share. Slow, and independent of the core: it shares with it the
// description of a problem and nothing else.
//
// A new loss is one function and its row in the table of its family.

#ifndef DETLOSS_TESTS_REFERENCE_REFERENCE_H_
#define DETLOSS_TESTS_REFERENCE_REFERENCE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "detloss/loss.h"

namespace detloss::reference {

using Real = long double;

// The parameters of a problem by name.
class Parameters {
 public:
  explicit Parameters(const Problem& problem);

  Real Number(absl::string_view name) const;
  absl::string_view Choice(absl::string_view name) const;
  const std::vector<double>& Numbers(absl::string_view name) const;
  // Nothing where the loss has no such parameter or the caller did not set it.
  std::optional<int64_t> Integer(absl::string_view name) const;
  bool Has(absl::string_view name) const;

  // The smallest positive normal number of the type in which the core computes.
  Real least_normal() const { return least_normal_; }

 private:
  size_t Index(absl::string_view name) const;

  const LossInfo& loss_;
  ParameterValues values_;
  Real least_normal_;
};

// What one value of a loss depends on.
struct Item {
  absl::Span<const Real> prediction;  // one element, the classes of a row, or the four of a box
  absl::Span<const Real> target;      // as many; a class index comes as a one-hot target
  size_t class_position;              // of an element: where on the last axis it stands
};

// Returns the value and writes the gradient.
using LossFunction = Real (*)(const Parameters& parameters, const Item& item,
                              absl::Span<Real> gradient);

struct Reference {
  absl::string_view name;
  LossFunction function;
};

absl::Span<const Reference> RegressionReferences();
absl::Span<const Reference> SigmoidReferences();
absl::Span<const Reference> SoftmaxReferences();
absl::Span<const Reference> BoxReferences();

// The reference of that name, or null.
LossFunction FindReference(absl::string_view name);

// A number, and by how much it moves (to first order) when the inputs move by one part in one: what
// an error of one part in 10^k costs is this x 10^-k.
struct Quantity {
  Real value = 0;
  Real condition = 0;
};

// What Execute should have written and returned. Its fields mean what those of Summary mean.
struct Expected {
  Shape loss_shape;
  std::vector<Quantity> loss;
  std::vector<Quantity> gradient;  // of the whole prediction, scaled and weighted
  Quantity loss_sum, total_loss;
  Real denominator = 0;
  std::vector<Quantity> segment_loss_sums;
  std::vector<Real> segment_denominators;
  int64_t non_finite_count = 0;
};

// REQUIRES: MakePlan accepts `problem`, and no class index is outside its classes.
Expected Compute(const Problem& problem);

// The same for the statistics.
struct ExpectedGroup {
  int64_t count = 0;
  Quantity loss_sum, gradient_abs_sum;
};
struct ExpectedStatistics {
  int64_t element_count = 0;
  Quantity gradient_norm, gradient_abs_max;
  ExpectedGroup easy_positive, hard_positive, easy_negative, hard_negative;
  int64_t degenerate_count = 0;
  int64_t inverted_count = 0;
  int64_t non_overlapping_count = 0;
  Real mean_iou = 0;
};
ExpectedStatistics ComputeStatistics(const Problem& problem);

}  // namespace detloss::reference

#endif  // DETLOSS_TESTS_REFERENCE_REFERENCE_H_
