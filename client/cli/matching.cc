// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/matching.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

namespace detloss::cli {
namespace {

using Group = std::pair<size_t, size_t>;

// What is matched with one another: the same image and category.
template <typename T>
Group GroupOf(const T& placed) {
  return {placed.image, placed.category};
}

double Area(const Box& box) { return box.width * box.height; }

double Intersection(const Box& a, const Box& b) {
  const double width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const double height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  return std::max(width, 0.0) * std::max(height, 0.0);
}

double Ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

// How well a detection fits an annotation. A crowd is never found whole, so what counts is how much
// of the detection lies in it.
double Overlap(const Detection& detection, const Annotation& annotation) {
  if (!annotation.crowd) return Iou(detection.box, annotation.box);
  return Ratio(Intersection(detection.box, annotation.box), Area(detection.box));
}

template <typename Less>
std::vector<size_t> SortedIndices(size_t size, Less less) {
  std::vector<size_t> indices(size);
  std::iota(indices.begin(), indices.end(), size_t{0});
  std::stable_sort(indices.begin(), indices.end(), less);
  return indices;
}

// Orders annotations and the group that is looked for.
struct ByGroup {
  bool operator()(size_t i, const Group& group) const { return GroupOf(annotations[i]) < group; }
  bool operator()(const Group& group, size_t i) const { return group < GroupOf(annotations[i]); }

  const std::vector<Annotation>& annotations;
};

class Matcher {
 public:
  Matcher(const Dataset& dataset, double iou_threshold)
      : dataset_(dataset), iou_threshold_(iou_threshold), used_(dataset.annotations.size()) {}

  // The match of `detection` among `candidates`, objects before crowds.
  Match Find(const Detection& detection, std::span<const size_t> candidates) {
    const Match match = Best(detection, candidates, Outcome::kMatched);
    if (match.outcome == Outcome::kUnmatched) return Best(detection, candidates, Outcome::kCrowd);
    used_[match.annotation] = true;
    return match;
  }

 private:
  Match Best(const Detection& detection, std::span<const size_t> candidates,
             Outcome outcome) const {
    Match match;
    double best = iou_threshold_;
    for (const size_t index : candidates) {
      const Annotation& annotation = dataset_.annotations[index];
      if (annotation.crowd != (outcome == Outcome::kCrowd) || used_[index]) continue;
      const double overlap = Overlap(detection, annotation);
      // Boxes may be too large for their areas: NaN is no match.
      if (!(overlap >= best)) continue;
      best = overlap;
      match = {outcome, index};
    }
    return match;
  }

  const Dataset& dataset_;
  double iou_threshold_;
  std::vector<bool> used_;
};

}  // namespace

double Iou(const Box& a, const Box& b) {
  const double intersection = Intersection(a, b);
  return Ratio(intersection, Area(a) + Area(b) - intersection);
}

std::vector<Match> MatchDetections(const Dataset& dataset, double iou_threshold) {
  const auto& annotations = dataset.annotations;
  const auto& detections = dataset.detections;
  const std::vector<size_t> by_group = SortedIndices(annotations.size(), [&](size_t a, size_t b) {
    return GroupOf(annotations[a]) < GroupOf(annotations[b]);
  });
  const std::vector<size_t> by_score = SortedIndices(detections.size(), [&](size_t a, size_t b) {
    return detections[a].score > detections[b].score;
  });
  Matcher matcher(dataset, iou_threshold);
  std::vector<Match> matches(detections.size());
  for (const size_t index : by_score) {
    const auto [first, last] = std::equal_range(by_group.begin(), by_group.end(),
                                                GroupOf(detections[index]), ByGroup{annotations});
    matches[index] = matcher.Find(detections[index], std::span(first, last));
  }
  return matches;
}

}  // namespace detloss::cli
