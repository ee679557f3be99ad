// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The losses of the detections of a data set, by image, by class and in all.

#ifndef DETLOSS_CLI_EVALUATION_H_
#define DETLOSS_CLI_EVALUATION_H_

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/coco.h"
#include "client/cli/job_queue.h"
#include "client/cli/selection.h"
#include "client/cli/tallies.h"
#include "detloss/client/loss_client.h"

namespace detloss::cli {

struct EvaluationOptions {
  double iou_threshold = 0.5;
  // Larger requests cost fewer round trips and more memory on both sides.
  size_t rows_per_request = 8192;
  size_t requests_in_flight = 4;
  // Told of the requests.
  JobProgress progress = {};
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
