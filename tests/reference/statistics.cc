// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>

#include "tests/reference/items.h"

namespace detloss::reference {
namespace {

struct Rectangle {
  Real x1, y1, x2, y2;

  Real Area() const { return std::max<Real>(x2 - x1, 0) * std::max<Real>(y2 - y1, 0); }
  bool Inverted() const { return x2 < x1 || y2 < y1; }
  bool Degenerate() const { return x2 == x1 || y2 == y1; }
};

Rectangle RectangleOf(absl::string_view format, absl::Span<const Real> box) {
  if (format == "XYXY") return {box[0], box[1], box[2], box[3]};
  if (format == "XYWH") return {box[0], box[1], box[0] + box[2], box[1] + box[3]};
  return {box[0] - box[2] / 2, box[1] - box[3] / 2, box[0] + box[2] / 2, box[1] + box[3] / 2};
}

void AddPair(const Parameters& parameters, const Item& item, ExpectedStatistics& statistics) {
  const absl::string_view format = parameters.Choice("format");
  const Rectangle p = RectangleOf(format, item.prediction), t = RectangleOf(format, item.target);
  const Rectangle both = {std::max(p.x1, t.x1), std::max(p.y1, t.y1), std::min(p.x2, t.x2),
                          std::min(p.y2, t.y2)};
  const Real intersection = both.Area(), area = p.Area() + t.Area() - intersection;
  if (p.Inverted() || t.Inverted()) {
    ++statistics.inverted_count;
  } else if (p.Degenerate() || t.Degenerate()) {
    ++statistics.degenerate_count;
  }
  if (intersection == 0) ++statistics.non_overlapping_count;
  if (area > 0) statistics.mean_iou += intersection / area;
}

void AddSample(bool positive, bool probable, const Quantity& loss, const Quantity& gradient,
               ExpectedStatistics& statistics) {
  ExpectedGroup& positives = probable ? statistics.easy_positive : statistics.hard_positive;
  ExpectedGroup& negatives = probable ? statistics.hard_negative : statistics.easy_negative;
  ExpectedGroup& group = positive ? positives : negatives;
  ++group.count;
  group.loss_sum.value += loss.value;
  group.loss_sum.condition += loss.condition;
  group.gradient_abs_sum.value += std::fabs(gradient.value);
  group.gradient_abs_sum.condition += gradient.condition;
}

// What each class adds to the cross entropy of a row: -q_c log p_c with q_c = w_c ((1 - s) t_c +
// s / C). A class of no mass adds nothing, even where its log p is infinite.
std::vector<Real> Parts(const Parameters& parameters, const Item& item,
                        std::vector<Real>& probability) {
  const auto classes = static_cast<Real>(item.prediction.size());
  const Real largest = *std::max_element(item.prediction.begin(), item.prediction.end());
  const Real smoothing =
      parameters.Has("label_smoothing") ? parameters.Number("label_smoothing") : Real{0};
  const std::vector<double>& weights = parameters.Numbers("class_weights");
  Real sum = 0;
  for (const Real x : item.prediction) sum += std::exp(x - largest);
  std::vector<Real> parts;
  for (size_t c = 0; c < item.prediction.size(); ++c) {
    const Real log_p = item.prediction[c] - largest - std::log(sum);
    const Real mass = (weights.empty() ? 1 : static_cast<Real>(weights[c])) *
                      ((1 - smoothing) * item.target[c] + smoothing / classes);
    probability.push_back(std::exp(log_p));
    parts.push_back(mass == 0 ? 0 : -mass * log_p);
  }
  return parts;
}

void AddRow(const Parameters& parameters, const Item& item, Real threshold,
            const Evaluation& evaluation, ExpectedStatistics& statistics) {
  std::vector<Real> probability;
  const std::vector<Real> parts = Parts(parameters, item, probability);
  Real sum = 0;
  for (const Real part : parts) sum += part;
  for (size_t c = 0; c < parts.size(); ++c) {
    const Real share = sum > 0 ? parts[c] / sum : 0;
    const Quantity loss = {share * evaluation.value.value, share * evaluation.value.condition};
    AddSample(item.target[c] >= 0.5L, probability[c] >= threshold, loss, evaluation.gradient[c],
              statistics);
  }
}

void AddGradient(const Quantity& gradient, Real& square_sum, ExpectedStatistics& statistics) {
  square_sum += gradient.value * gradient.value;
  statistics.gradient_norm.condition += gradient.condition;
  Quantity& max = statistics.gradient_abs_max;
  max.value = std::max(max.value, std::fabs(gradient.value));
  max.condition = std::max(max.condition, gradient.condition);
}

}  // namespace

ExpectedStatistics ComputeStatistics(const Problem& problem) {
  const Items items = ReadItems(problem);
  const Parameters parameters(problem);
  const std::vector<Evaluation> evaluations = EvaluateAll(problem, items);
  const Family family = problem.loss->family;
  const Real threshold = problem.easy_threshold;
  ExpectedStatistics statistics;
  Real square_sum = 0;
  int64_t item_count = 0;
  for (size_t i = 0; i < items.count; ++i) {
    if (items.weight[i] == 0) continue;
    const Item item = items.At(i);
    const Evaluation& evaluation = evaluations[i];
    ++item_count;
    for (const Quantity& q : evaluation.gradient) AddGradient(q, square_sum, statistics);
    if (family == Family::kBox) AddPair(parameters, item, statistics);
    if (family == Family::kSoftmax) AddRow(parameters, item, threshold, evaluation, statistics);
    if (family == Family::kSigmoid) {
      const Real p = 1 / (1 + std::exp(-item.prediction[0]));
      AddSample(item.target[0] >= 0.5L, p >= threshold, evaluation.value, evaluation.gradient[0],
                statistics);
    }
  }
  const int64_t width = family == Family::kBox ? 1 : static_cast<int64_t>(items.width);
  statistics.element_count = item_count * width;
  statistics.gradient_norm.value = std::sqrt(square_sum);
  if (item_count > 0) statistics.mean_iou /= static_cast<Real>(item_count);
  return statistics;
}

}  // namespace detloss::reference
