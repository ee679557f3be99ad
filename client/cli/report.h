// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// An evaluation as a report for programs and as tables for a person.

#ifndef DETLOSS_CLI_REPORT_H_
#define DETLOSS_CLI_REPORT_H_

#include <nlohmann/json.hpp>
#include <ostream>
#include <vector>

#include "client/cli/coco.h"
#include "client/cli/tallies.h"

namespace detloss::cli {

// {"summary": {"images", "annotations", "detections", "matched",
//              "losses": {"giou": {"mean", "sum", "count"}, ..}},
//  "classes": [{"id", "name", "annotations", "detections", "matched", "losses"}, ..],
//  "images": [{"id", "file_name", "annotations", "detections", "matched", "losses"}, ..]}
//
// A mean over nothing is null.
nlohmann::ordered_json MakeReport(const Dataset& dataset, const Evaluation& evaluation);

// The at most `count` images with the largest mean of the first loss, largest first.
std::vector<size_t> WorstImages(const Evaluation& evaluation, size_t count);

// Prints the losses, the classes and the at most ten worst images.
void PrintEvaluation(const Dataset& dataset, const Evaluation& evaluation, std::ostream& out);

}  // namespace detloss::cli

#endif  // DETLOSS_CLI_REPORT_H_
