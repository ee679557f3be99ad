// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Which detection found which annotation, as COCO's evaluation decides it.

#ifndef DETLOSS_CLI_MATCHING_H_
#define DETLOSS_CLI_MATCHING_H_

#include <cstdint>
#include <vector>

#include "client/cli/coco.h"

namespace detloss::cli {

enum class Outcome : uint8_t {
  kUnmatched,
  // `annotation` is that of an object.
  kMatched,
  // `annotation` is that of a crowd: neither right nor wrong, so it is left out of losses.
  kCrowd,
};

// What became of a detection.
struct Match {
  Outcome outcome = Outcome::kUnmatched;
  // Index into `Dataset::annotations`, unless unmatched.
  size_t annotation = 0;
};

// Intersection over union; 0 when the union is empty.
double Iou(const Box& a, const Box& b);

// The match of each detection. Within an image and category, detections in order of falling score
// (ties: in order of the file) each take the free annotation with the largest IoU (ties: the last)
// if that is at least `iou_threshold`. Failing that, they match the crowd that covers the largest
// part of them, at least `iou_threshold`; crowds are never used up.
std::vector<Match> MatchDetections(const Dataset& dataset, double iou_threshold);

}  // namespace detloss::cli

#endif  // DETLOSS_CLI_MATCHING_H_
