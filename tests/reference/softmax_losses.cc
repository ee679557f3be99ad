// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Losses of exclusive logits x_c with p = softmax(x).

#include <algorithm>
#include <cmath>

#include "tests/reference/reference.h"

namespace detloss::reference {
namespace {

// The surprise s_c = -log p_c of every class: the distance to the largest logit and the logarithm
// of the sum of all exponentials relative to it.
std::vector<Real> Surprises(absl::Span<const Real> row) {
  const Real* const largest = std::max_element(row.begin(), row.end());
  Real others = 0;
  for (const Real* x = row.begin(); x != row.end(); ++x) {
    if (x != largest) others += std::exp(*x - *largest);
  }
  std::vector<Real> surprises;
  for (const Real x : row) surprises.push_back(*largest - x + std::log1p(others));
  return surprises;
}

Real ClassWeight(const Parameters& parameters, size_t c) {
  const std::vector<double>& weights = parameters.Numbers("class_weights");
  return weights.empty() ? 1 : static_cast<Real>(weights[c]);
}

// sum_c q_c s_c with q_c = w_c ((1 - s) t_c + s / C)
Real CrossEntropy(const Parameters& parameters, const Item& item, absl::Span<Real> gradient) {
  const size_t classes = item.prediction.size();
  const std::vector<Real> surprises = Surprises(item.prediction);
  const Real smoothing = parameters.Number("label_smoothing");
  std::vector<Real> mass(classes);
  Real total = 0, value = 0;
  for (size_t c = 0; c < classes; ++c) {
    mass[c] = ClassWeight(parameters, c) *
              ((1 - smoothing) * item.target[c] + smoothing / static_cast<Real>(classes));
    total += mass[c];
    if (mass[c] != 0) value += mass[c] * surprises[c];
  }
  for (size_t c = 0; c < classes; ++c) {
    // total p - q, without the difference of nearly equal numbers for a single label.
    gradient[c] = (total - mass[c]) * std::exp(-surprises[c]) + mass[c] * std::expm1(-surprises[c]);
  }
  return value;
}

// w_t u^gamma s with the surprise s of the label t and u = 1 - p_t.
Real SoftmaxFocal(const Parameters& parameters, const Item& item, absl::Span<Real> gradient) {
  const auto label = static_cast<size_t>(std::max_element(item.target.begin(), item.target.end()) -
                                         item.target.begin());
  const std::vector<Real> surprises = Surprises(item.prediction);
  const Real s = surprises[label], u = -std::expm1(-s), gamma = parameters.Number("gamma");
  const Real weight = ClassWeight(parameters, label), focus = std::pow(u, gamma);
  // s / u tends to 1 as the label becomes certain.
  const Real slope = focus + gamma * focus * (u > 0 ? s / u : 1) * std::exp(-s);
  for (size_t c = 0; c < gradient.size(); ++c) {
    gradient[c] = weight * slope * (c == label ? -u : std::exp(-surprises[c]));
  }
  return weight * focus * s;
}

}  // namespace

absl::Span<const Reference> SoftmaxReferences() {
  static constexpr Reference kRows[] = {{"cross_entropy", CrossEntropy},
                                        {"softmax_focal", SoftmaxFocal}};
  return kRows;
}

}  // namespace detloss::reference
