// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include <unistd.h>

#include <iostream>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/coco.h"
#include "client/cli/command.h"
#include "client/cli/evaluation.h"
#include "client/cli/files.h"
#include "client/cli/print.h"
#include "client/cli/reading_progress.h"
#include "client/cli/report.h"
#include "client/cli/selection.h"
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

void ShowReading(const std::string& path, uint64_t bytes, uint64_t of) {
  const std::string end = of > 0 ? absl::StrCat(" of ", FormatBytes(of)) : "";
  std::cerr << kClearLine << path << ": " << FormatBytes(bytes) << end << std::flush;
}

void ShowRequests(size_t done, size_t of) {
  std::cerr << absl::StrFormat("%s%d of %d requests", kClearLine, done, of) << std::flush;
}

// Progress on standard error when that is a terminal, until the end of the scope.
class Progress {
 public:
  ~Progress() {
    if (is_terminal_) std::cerr << kClearLine << std::flush;
  }

  ReadingProgress reading() const { return is_terminal_ ? ShowReading : ReadingProgress(); }
  JobProgress requests() const { return is_terminal_ ? ShowRequests : JobProgress(); }

 private:
  bool is_terminal_ = isatty(STDERR_FILENO) != 0;
};

absl::StatusOr<std::vector<SelectedLoss>> Select(const EvaluateOptions& options) {
  // A server that is not there is an error at once; one that goes away later may come back.
  client::ClientOptions impatient = options.client;
  impatient.attempts_max = kAttempts;
  const absl::StatusOr<v1::ListLossesResponse> known =
      client::LossClient(std::move(impatient)).ListLosses();
  if (!known.ok()) return known.status();
  std::vector<std::string> names;
  for (const std::string& name : options.losses) {
    names.emplace_back(absl::StripAsciiWhitespace(name));
  }
  return SelectLosses(names, *known);
}

struct Outcome {
  Dataset dataset;
  Evaluation evaluation;
};

absl::StatusOr<Outcome> ReadAndEvaluate(const EvaluateOptions& options) {
  const Progress progress;
  const absl::StatusOr<std::vector<SelectedLoss>> losses = Select(options);
  if (!losses.ok()) return losses.status();
  absl::StatusOr<Dataset> dataset =
      ReadCocoFiles(options.annotations, options.detections, progress.reading());
  if (!dataset.ok()) return dataset.status();
  absl::StatusOr<Evaluation> evaluation =
      Evaluate(*dataset, *losses, client::LossClient(options.client),
               {.iou_threshold = options.iou_threshold, .progress = progress.requests()});
  if (!evaluation.ok()) return evaluation.status();
  return Outcome{*std::move(dataset), *std::move(evaluation)};
}

absl::Status RunEvaluate(const EvaluateOptions& options) {
  if (!options.report.empty()) {
    const absl::Status writable = CheckWritable(options.report);
    if (!writable.ok()) return writable;
  }
  const absl::StatusOr<Outcome> outcome = ReadAndEvaluate(options);
  if (!outcome.ok()) return outcome.status();
  PrintEvaluation(outcome->dataset, outcome->evaluation, std::cout);
  if (options.report.empty()) return absl::OkStatus();
  return WriteFile(options.report,
                   MakeReport(outcome->dataset, outcome->evaluation).dump(2) + "\n");
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
