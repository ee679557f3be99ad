// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include <unistd.h>

#include <iostream>
#include <memory>

#include "absl/strings/str_format.h"
#include "client/cli/coco.h"
#include "client/cli/command.h"
#include "client/cli/evaluation.h"
#include "client/cli/files.h"
#include "client/cli/report.h"
#include "detloss/client/loss_client.h"

namespace detloss::cli {
namespace {

struct EvaluateOptions {
  client::ClientOptions client;
  std::string annotations;
  std::string detections;
  std::vector<std::string> losses;
  double iou_threshold = 0.5;
  std::string report;
};

// Return to the start of the line and clear it.
constexpr char kClearLine[] = "\r\033[K";

void ShowProgress(size_t done, size_t of) {
  std::cerr << absl::StrFormat("%s%d of %d requests", kClearLine, done, of) << std::flush;
}

absl::StatusOr<std::vector<SelectedLoss>> Select(const EvaluateOptions& options) {
  // A server that is not there is an error at once; one that goes away later may come back.
  client::ClientOptions impatient = options.client;
  impatient.attempts_max = kAttempts;
  const absl::StatusOr<v1::ListLossesResponse> known =
      client::LossClient(std::move(impatient)).ListLosses();
  if (!known.ok()) return known.status();
  return SelectLosses(options.losses, *known);
}

absl::Status RunEvaluate(const EvaluateOptions& options) {
  const absl::StatusOr<Dataset> dataset = ReadCocoFiles(options.annotations, options.detections);
  if (!dataset.ok()) return dataset.status();
  const absl::StatusOr<std::vector<SelectedLoss>> losses = Select(options);
  if (!losses.ok()) return losses.status();
  EvaluationOptions how = {.iou_threshold = options.iou_threshold};
  const bool is_terminal = isatty(STDERR_FILENO) != 0;
  if (is_terminal) how.progress = ShowProgress;
  const absl::StatusOr<Evaluation> evaluation =
      Evaluate(*dataset, *losses, client::LossClient(options.client), how);
  if (is_terminal) std::cerr << kClearLine;
  if (!evaluation.ok()) return evaluation.status();
  PrintEvaluation(*dataset, *evaluation, std::cout);
  if (options.report.empty()) return absl::OkStatus();
  return WriteFile(options.report, MakeReport(*dataset, *evaluation).dump(2) + "\n");
}

}  // namespace

Command AddEvaluate(CLI::App& parent) {
  CLI::App* app =
      parent.add_subcommand("evaluate", "Match detections to annotations and compute losses.");
  const auto options = std::make_shared<EvaluateOptions>();
  app->add_option("--annotations", options->annotations, "COCO file of annotations")->required();
  app->add_option("--detections", options->detections, "COCO file of results")->required();
  app->add_option(
         "--losses", options->losses,
         "Comma-separated losses over boxes or scores, the first of which says which images are "
         "worst. Default: all over boxes")
      ->delimiter(',');
  app->add_option("--iou_threshold", options->iou_threshold, "The least IoU of a match")
      ->check(Number("from 0 to 1", [](double value) { return value >= 0 && value <= 1; }))
      ->capture_default_str();
  app->add_option("--report", options->report, "JSON file to write every figure to");
  AddClientOptions(*app, options->client);
  return {app, [options] { return RunEvaluate(*options); }};
}

}  // namespace detloss::cli
