// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The rows of an evaluation, cut into requests.

#ifndef DETLOSS_CLI_BATCHES_H_
#define DETLOSS_CLI_BATCHES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/coco.h"
#include "client/cli/matching.h"
#include "detloss/v1/loss_service.pb.h"

namespace detloss::cli {

// Detections of one image and category: what gets a sum of its own.
struct Segment {
  size_t image = 0;
  size_t category = 0;
  // Indices into `Dataset::detections`, in the order of the file.
  std::vector<size_t> detections;
};

// Segments of one request.
using Batch = std::vector<Segment>;

// The detections that a family of losses is about, by image and category: matched ones for box
// losses; for classification losses all but those in crowds. What an image and category have beyond
// `rows` is a segment more, so that each batch has less than twice `rows`. Each but the last has at
// least `rows`.
std::vector<Batch> MakeBatches(const Dataset& dataset, const std::vector<Match>& matches,
                               v1::LossFamily family, size_t rows);

// The request of a batch: one term for each of `losses`, which are of the same family, with one
// sum for each segment. Boxes are XYWH; classification takes the logit of the score, and as target
// whether the detection matched. All in FLOAT64.
absl::StatusOr<v1::ComputeLossRequest> MakeRequest(const Dataset& dataset,
                                                   const std::vector<Match>& matches,
                                                   const Batch& batch, v1::LossFamily family,
                                                   const std::vector<std::string>& losses);

// The logit of a score in [0, 1], finite: scores are taken to lie in [1e-12, 1 - 1e-12].
double Logit(double score);

}  // namespace detloss::cli

#endif  // DETLOSS_CLI_BATCHES_H_
