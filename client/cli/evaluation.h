// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The losses of the detections of a data set, by image, by class and in all.

#ifndef DETLOSS_CLI_EVALUATION_H_
#define DETLOSS_CLI_EVALUATION_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/coco.h"
#include "detloss/client/loss_client.h"

namespace detloss::cli {

// A loss to evaluate.
struct SelectedLoss {
  std::string name;
  v1::LossFamily family = v1::LOSS_FAMILY_UNSPECIFIED;
};

// The losses `names` of those that the server has; when empty, all box losses. INVALID_ARGUMENT for
// a loss that is given twice, that the server does not have, or that is neither about boxes nor
// about independent logits.
absl::StatusOr<std::vector<SelectedLoss>> SelectLosses(const std::vector<std::string>& names,
                                                       const v1::ListLossesResponse& known);

struct LossSum {
  double sum = 0;
  // Number of rows: matched pairs, or detections.
  int64_t count = 0;
};

// The figures of an image, of a class, or in all.
struct Tally {
  int64_t annotations = 0;
  int64_t detections = 0;
  int64_t matched = 0;
  // In the order of `Evaluation::losses`.
  std::vector<LossSum> losses;
};

struct Evaluation {
  std::vector<std::string> losses;
  Tally total;
  // In the order of the data set.
  std::vector<Tally> images;
  std::vector<Tally> categories;
};

// Called after each request, by one thread at a time.
using RequestProgress = std::function<void(size_t done, size_t of)>;

struct EvaluationOptions {
  double iou_threshold = 0.5;
  // Larger requests cost fewer round trips and more memory on both sides.
  size_t rows_per_request = 8192;
  size_t requests_in_flight = 4;
  RequestProgress progress = {};
};

// Matches detections and computes `losses` on the server.
//
// Errors: INVALID_ARGUMENT when a classification loss meets a score outside [0, 1]; those of
// `LossClient::ComputeLoss`.
absl::StatusOr<Evaluation> Evaluate(const Dataset& dataset, const std::vector<SelectedLoss>& losses,
                                    const client::LossClient& client,
                                    const EvaluationOptions& options);

}  // namespace detloss::cli

#endif  // DETLOSS_CLI_EVALUATION_H_
