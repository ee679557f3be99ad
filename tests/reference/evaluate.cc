// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Values and gradients of items, and how far rounding may move them. The condition comes from the
// reference itself: it is asked again beside the item, so that no loss has to state its own.

#include <algorithm>
#include <cmath>

#include "tests/reference/items.h"

namespace detloss::reference {
namespace {

constexpr Real kStep = 1e-9L;

struct Point {
  std::vector<Real> prediction, target;
};

Point PointAt(const Items& items, size_t i) {
  const Item item = items.At(i);
  return {{item.prediction.begin(), item.prediction.end()},
          {item.target.begin(), item.target.end()}};
}

// The size of the numbers whose rounding an item feels: boxes and differences feel that of their
// largest coordinate, and a logit below 1 acts through e^x, which is about 1.
Real Magnitude(Family family, const Point& point, size_t k) {
  const bool logits = family == Family::kSigmoid || family == Family::kSoftmax;
  if (logits) return std::max<Real>(1, std::fabs(point.prediction[k]));
  Real largest = 0;
  for (const Real x : point.prediction) largest = std::max(largest, std::fabs(x));
  for (const Real x : point.target) largest = std::max(largest, std::fabs(x));
  return largest;
}

// Signs of the directions in which an item is moved: a box is moved, shrunk and bent.
constexpr int kSigns[3][4] = {{1, 1, -1, -1}, {1, -1, 1, -1}, {1, -1, -1, 1}};

Point Moved(Family family, const Point& point, size_t direction) {
  Point moved = point;
  const bool of_target = direction >= 3;
  for (size_t k = 0; k < point.prediction.size(); ++k) {
    const Real step = kStep * Magnitude(family, point, k) * kSigns[direction % 3][k % 4];
    (of_target ? moved.target : moved.prediction)[k] += step;
  }
  return moved;
}

// Targets of classification are exact: labels and the numbers of a distribution.
size_t DirectionCount(Family family) {
  switch (family) {
    case Family::kRegression:
    case Family::kSigmoid:
      return 1;
    case Family::kSoftmax:
      return 2;
    case Family::kBox:
      return 6;
  }
  return 0;
}

}  // namespace

Evaluation Evaluate(const Problem& problem, const Items& items, size_t i) {
  const Parameters parameters(problem);
  const LossFunction function = FindReference(problem.loss->name);
  const Family family = problem.loss->family;
  const Point point = PointAt(items, i);
  std::vector<Real> gradient(items.width), beside(items.width);
  Evaluation result;
  result.gradient.resize(items.width);
  const auto at = [&](const Point& p, std::vector<Real>& g) {
    return function(parameters, {p.prediction, p.target, i % items.classes}, absl::MakeSpan(g));
  };
  result.value.value = at(point, gradient);
  for (size_t direction = 0; direction < DirectionCount(family); ++direction) {
    const Real value = at(Moved(family, point, direction), beside);
    result.value.condition += std::fabs(value - result.value.value) / kStep;
    for (size_t k = 0; k < items.width; ++k) {
      result.gradient[k].condition += std::fabs(beside[k] - gradient[k]) / kStep;
    }
  }
  // Box losses are differences from 1.
  if (family == Family::kBox) result.value.condition += 1;
  result.value.condition += std::fabs(result.value.value);
  for (size_t k = 0; k < items.width; ++k) {
    result.gradient[k].value = gradient[k];
    result.gradient[k].condition += std::fabs(gradient[k]);
  }
  return result;
}

std::vector<Evaluation> EvaluateAll(const Problem& problem, const Items& items) {
  const std::vector<Real> denominators = Denominators(problem, items);
  const std::vector<size_t> ends = SegmentItems(problem, items);
  std::vector<Evaluation> evaluations;
  const Real scale = problem.scale;
  for (size_t s = 0; s < denominators.size(); ++s) {
    Real share = 1;
    if (problem.reduction == Reduction::kMean)
      share = denominators[s] == 0 ? 0 : 1 / denominators[s];
    for (size_t i = ends[s]; i < ends[s + 1]; ++i) {
      Evaluation e;
      e.gradient.resize(items.width);
      if (items.weight[i] != 0) e = Evaluate(problem, items, i);
      const auto multiply = [](Quantity& q, Real factor) {
        q.value *= factor;
        q.condition *= std::fabs(factor);
      };
      multiply(e.value, scale * items.weight[i]);
      for (Quantity& q : e.gradient) multiply(q, scale * items.weight[i] * share);
      evaluations.push_back(std::move(e));
    }
  }
  return evaluations;
}

}  // namespace detloss::reference
