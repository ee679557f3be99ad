// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Losses of the difference of two numbers.

#include <cmath>

#include "tests/reference/reference.h"

namespace detloss::reference {
namespace {

Real Sign(Real x) { return x > 0 ? 1 : x < 0 ? -1 : x; }

// |d|, whose derivative at 0 is 0.
Real L1(const Parameters& /*parameters*/, const Item& item, absl::Span<Real> gradient) {
  const Real d = item.prediction[0] - item.target[0];
  gradient[0] = Sign(d);
  return std::fabs(d);
}

// d^2
Real L2(const Parameters& /*parameters*/, const Item& item, absl::Span<Real> gradient) {
  const Real d = item.prediction[0] - item.target[0];
  gradient[0] = 2 * d;
  return d * d;
}

// d^2 / (2 beta) where |d| < beta, else |d| - beta / 2
Real SmoothL1(const Parameters& parameters, const Item& item, absl::Span<Real> gradient) {
  const Real d = item.prediction[0] - item.target[0];
  const Real beta = parameters.Number("beta");
  if (std::fabs(d) < beta) {
    gradient[0] = d / beta;
    return d * d / (2 * beta);
  }
  gradient[0] = Sign(d);
  return std::fabs(d) - beta / 2;
}

}  // namespace

absl::Span<const Reference> RegressionReferences() {
  static constexpr Reference kRows[] = {{"l1", L1}, {"l2", L2}, {"smooth_l1", SmoothL1}};
  return kRows;
}

}  // namespace detloss::reference
