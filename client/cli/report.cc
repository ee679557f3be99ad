// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/print.h"

namespace detloss::cli {
namespace {

using nlohmann::ordered_json;

constexpr size_t kWorstImages = 10;

double Mean(const LossSum& loss) { return loss.sum / static_cast<double>(loss.count); }

ordered_json ToJson(const LossSum& loss) {
  return {{"mean", loss.count > 0 ? ordered_json(Mean(loss)) : ordered_json()},
          {"sum", loss.sum},
          {"count", loss.count}};
}

void AddTally(const Evaluation& evaluation, const Tally& tally, ordered_json& json) {
  json["annotations"] = tally.annotations;
  json["detections"] = tally.detections;
  json["matched"] = tally.matched;
  ordered_json& losses = json["losses"] = ordered_json::object();
  for (size_t i = 0; i < tally.losses.size(); ++i) {
    losses[evaluation.losses[i]] = ToJson(tally.losses[i]);
  }
}

std::string FormatMean(const LossSum& loss) {
  return loss.count > 0 ? absl::StrFormat("%.6f", Mean(loss)) : "-";
}

// A row of a table with a tally a row: its name, counts and mean losses.
std::vector<std::string> FormatTally(const std::string& name, const Tally& tally) {
  std::vector<std::string> row = {name, absl::StrCat(tally.annotations),
                                  absl::StrCat(tally.detections), absl::StrCat(tally.matched)};
  for (const LossSum& loss : tally.losses) row.push_back(FormatMean(loss));
  return row;
}

std::vector<std::string> TallyTitles(const std::string& first, const Evaluation& evaluation) {
  std::vector<std::string> row = {first, "ANNOTATIONS", "DETECTIONS", "MATCHED"};
  row.insert(row.end(), evaluation.losses.begin(), evaluation.losses.end());
  return row;
}

void PrintLosses(const Evaluation& evaluation, std::ostream& out) {
  Table rows = {{"LOSS", "MEAN", "SUM", "COUNT"}};
  for (size_t i = 0; i < evaluation.losses.size(); ++i) {
    const LossSum& loss = evaluation.total.losses[i];
    rows.push_back({evaluation.losses[i],
                    loss.count > 0 ? absl::StrFormat("%.11f", Mean(loss)) : "-",
                    FormatNumber(loss.sum), absl::StrCat(loss.count)});
  }
  PrintTable(rows, 3, out);
}

void PrintClasses(const Dataset& dataset, const Evaluation& evaluation, std::ostream& out) {
  Table rows = {TallyTitles("CLASS", evaluation)};
  for (size_t i = 0; i < dataset.categories.size(); ++i) {
    rows.push_back(FormatTally(dataset.categories[i].name, evaluation.categories[i]));
  }
  PrintTable(rows, rows[0].size() - 1, out);
}

void PrintWorst(const Dataset& dataset, const Evaluation& evaluation, std::ostream& out) {
  const std::vector<size_t> worst = WorstImages(evaluation, kWorstImages);
  if (worst.empty()) return;
  out << "\n";
  Table rows = {TallyTitles("WORST IMAGES", evaluation)};
  for (const size_t i : worst) {
    const Image& image = dataset.images[i];
    rows.push_back(FormatTally(image.file_name.empty() ? absl::StrCat(image.id) : image.file_name,
                               evaluation.images[i]));
  }
  PrintTable(rows, rows[0].size() - 1, out);
}

}  // namespace

ordered_json MakeReport(const Dataset& dataset, const Evaluation& evaluation) {
  ordered_json report;
  report["summary"]["images"] = dataset.images.size();
  AddTally(evaluation, evaluation.total, report["summary"]);
  ordered_json& classes = report["classes"] = ordered_json::array();
  for (size_t i = 0; i < dataset.categories.size(); ++i) {
    const Category& category = dataset.categories[i];
    AddTally(evaluation, evaluation.categories[i],
             classes.emplace_back(ordered_json{{"id", category.id}, {"name", category.name}}));
  }
  ordered_json& images = report["images"] = ordered_json::array();
  for (size_t i = 0; i < dataset.images.size(); ++i) {
    const Image& image = dataset.images[i];
    AddTally(evaluation, evaluation.images[i],
             images.emplace_back(ordered_json{{"id", image.id}, {"file_name", image.file_name}}));
  }
  return report;
}

std::vector<size_t> WorstImages(const Evaluation& evaluation, size_t count) {
  std::vector<size_t> worst;
  if (evaluation.losses.empty()) return worst;
  for (size_t i = 0; i < evaluation.images.size(); ++i) {
    if (evaluation.images[i].losses[0].count > 0) worst.push_back(i);
  }
  std::ranges::stable_sort(worst, std::greater<>(),
                           [&](size_t i) { return Mean(evaluation.images[i].losses[0]); });
  worst.resize(std::min(worst.size(), count));
  return worst;
}

void PrintEvaluation(const Dataset& dataset, const Evaluation& evaluation, std::ostream& out) {
  const Tally& total = evaluation.total;
  out << absl::StrFormat("%d images, %d annotations, %d detections, %d matched\n\n",
                         dataset.images.size(), total.annotations, total.detections, total.matched);
  PrintLosses(evaluation, out);
  out << "\n";
  PrintClasses(dataset, evaluation, out);
  PrintWorst(dataset, evaluation, out);
}

}  // namespace detloss::cli
