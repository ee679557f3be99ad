// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/batches.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "client/cli/parameters.h"
#include "detloss/client/loss_client.h"

namespace detloss::cli {
namespace {

constexpr double kScoreMin = 1e-12;

// The tensors of a batch.
struct Columns {
  std::vector<double> prediction;
  std::vector<double> target;
  std::vector<int64_t> shape;
  std::vector<int64_t> offsets = {0};
};

bool Takes(v1::LossFamily family, const Match& match) {
  return family == v1::LOSS_FAMILY_BOX ? match.outcome == Outcome::kMatched
                                       : match.outcome != Outcome::kCrowd;
}

// The detections that `family` takes, ordered by image and category.
std::vector<size_t> Select(const Dataset& dataset, const std::vector<Match>& matches,
                           v1::LossFamily family) {
  std::vector<size_t> selected;
  for (size_t i = 0; i < matches.size(); ++i) {
    if (Takes(family, matches[i])) selected.push_back(i);
  }
  std::ranges::stable_sort(selected, {}, [&](size_t i) {
    return std::pair(dataset.detections[i].image, dataset.detections[i].category);
  });
  return selected;
}

void AppendBox(const Box& box, std::vector<double>& values) {
  values.insert(values.end(), {box.x, box.y, box.width, box.height});
}

void AppendRow(const Dataset& dataset, const Match& match, const Detection& detection,
               v1::LossFamily family, Columns& columns) {
  if (family == v1::LOSS_FAMILY_BOX) {
    AppendBox(detection.box, columns.prediction);
    AppendBox(dataset.annotations[match.annotation].box, columns.target);
  } else {
    columns.prediction.push_back(Logit(detection.score));
    columns.target.push_back(match.outcome == Outcome::kMatched ? 1 : 0);
  }
}

Columns MakeColumns(const Dataset& dataset, const std::vector<Match>& matches, const Batch& batch,
                    v1::LossFamily family) {
  Columns columns;
  for (const Segment& segment : batch) {
    for (const size_t i : segment.detections) {
      AppendRow(dataset, matches[i], dataset.detections[i], family, columns);
    }
    columns.offsets.push_back(columns.offsets.back() +
                              static_cast<int64_t>(segment.detections.size()));
  }
  columns.shape = {columns.offsets.back()};
  if (family == v1::LOSS_FAMILY_BOX) columns.shape.push_back(4);
  return columns;
}

// Whether `detection` belongs to `segment`, of at most `rows`.
bool Continues(const Segment& segment, const Detection& detection, size_t rows) {
  return segment.image == detection.image && segment.category == detection.category &&
         segment.detections.size() < rows;
}

}  // namespace

double Logit(double score) {
  const double clamped = std::clamp(score, kScoreMin, 1 - kScoreMin);
  return std::log(clamped) - std::log1p(-clamped);
}

std::vector<Batch> MakeBatches(const Dataset& dataset, const std::vector<Match>& matches,
                               v1::LossFamily family, size_t rows) {
  std::vector<Batch> batches;
  size_t batch_rows = rows;
  for (const size_t i : Select(dataset, matches, family)) {
    const Detection& detection = dataset.detections[i];
    // Cuts depend on the segment alone, so that its sum does not depend on the others.
    if (batches.empty() || !Continues(batches.back().back(), detection, rows)) {
      if (batch_rows >= rows) {
        batches.emplace_back();
        batch_rows = 0;
      }
      batches.back().push_back({detection.image, detection.category, {}});
    }
    batches.back().back().detections.push_back(i);
    ++batch_rows;
  }
  return batches;
}

absl::StatusOr<v1::ComputeLossRequest> MakeRequest(const Dataset& dataset,
                                                   const std::vector<Match>& matches,
                                                   const Batch& batch, v1::LossFamily family,
                                                   const std::vector<std::string>& losses) {
  const Columns columns = MakeColumns(dataset, matches, batch, family);
  const std::vector<std::string> parameters = family == v1::LOSS_FAMILY_BOX
                                                  ? std::vector<std::string>{"format=xywh"}
                                                  : std::vector<std::string>{};
  v1::ComputeLossRequest request;
  for (const std::string& name : losses) {
    const absl::StatusOr<LossMessage> loss = MakeLoss(name, parameters);
    if (!loss.ok()) return loss.status();
    absl::StatusOr<v1::ComputeLossRequest> single = client::MakeRequest(
        **loss, client::MakeTensorRef(columns.prediction, columns.shape),
        client::MakeTensorRef(columns.target, columns.shape),
        {.reduction = v1::REDUCTION_SUM, .gradient = false, .segment_offsets = columns.offsets});
    if (!single.ok()) return single;
    request.add_terms()->Swap(single->mutable_terms(0));
  }
  return request;
}

}  // namespace detloss::cli
