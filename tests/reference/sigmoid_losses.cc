// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Losses of independent logits x with p = 1 / (1 + e^-x) and targets y in [0, 1].

#include <cmath>

#include "tests/reference/reference.h"

namespace detloss::reference {
namespace {

// log(1 + e^x) = -log(1 - p)
Real Softplus(Real x) {
  // Written so that NaN stays NaN, and minus infinity gives 0.
  return (x > 0 || std::isnan(x) ? x : 0) + std::log1p(std::exp(-std::fabs(x)));
}

Real Sigmoid(Real x) {
  const Real e = std::exp(-std::fabs(x));
  return (x >= 0 ? 1 : e) / (1 + e);
}

// a b with 0 x infinity = 0: a part of the target that is not there costs nothing.
Real Part(Real a, Real b) { return a == 0 && !std::isnan(b) ? 0 : a * b; }

// -(w y log p + (1 - y) log(1 - p))
Real BinaryCrossEntropy(const Parameters& parameters, const Item& item, absl::Span<Real> gradient) {
  const Real x = item.prediction[0], y = item.target[0];
  const std::vector<double>& weights = parameters.Numbers("positive_weight");
  Real w = 1;
  if (weights.size() == 1) w = weights[0];
  if (weights.size() > 1) w = weights[item.class_position];
  gradient[0] = (1 - y) * Sigmoid(x) - w * y * Sigmoid(-x);
  return Part(w * y, Softplus(-x)) + Part(1 - y, Softplus(x));
}

// a_t m^gamma (-y log p - (1 - y) log(1 - p)) with m = 1 - p_t = y (1 - p) + (1 - y) p and
// a_t = alpha y + (1 - alpha) (1 - y). Of a hard label m is p or 1 - p, whose logarithm is known
// however small it is. The derivative of m is (1 - 2 y) p (1 - p).
Real SigmoidFocal(const Parameters& parameters, const Item& item, absl::Span<Real> gradient) {
  const Real x = item.prediction[0], y = item.target[0];
  const Real alpha = parameters.Number("alpha"), gamma = parameters.Number("gamma");
  const Real balance = alpha < 0 ? 1 : alpha * y + (1 - alpha) * (1 - y);
  const Real p = Sigmoid(x), q = Sigmoid(-x);
  const Real m = y * q + (1 - y) * p;
  const Real log_m = y == 1 ? -Softplus(x) : y == 0 ? -Softplus(-x) : std::log(m);
  const Real slope_of_log_m = y == 1 ? -p : y == 0 ? q : (1 - 2 * y) * p * q / m;
  const Real focus = gamma == 0 && !std::isnan(x) ? 1 : std::exp(gamma * log_m);
  const Real cross_entropy = Part(y, Softplus(-x)) + Part(1 - y, Softplus(x));
  const Real slope = (1 - y) * p - y * q;
  gradient[0] = Part(balance * focus, slope + Part(gamma * slope_of_log_m, cross_entropy));
  return Part(balance * focus, cross_entropy);
}

}  // namespace

absl::Span<const Reference> SigmoidReferences() {
  static constexpr Reference kRows[] = {{"binary_cross_entropy", BinaryCrossEntropy},
                                        {"sigmoid_focal", SigmoidFocal}};
  return kRows;
}

}  // namespace detloss::reference
