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
struct Rows {
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
               v1::LossFamily family, Rows& rows) {
  if (family == v1::LOSS_FAMILY_BOX) {
    AppendBox(detection.box, rows.prediction);
    AppendBox(dataset.annotations[match.annotation].box, rows.target);
  } else {
    rows.prediction.push_back(Logit(detection.score));
    rows.target.push_back(match.outcome == Outcome::kMatched ? 1 : 0);
  }
}

Rows MakeRows(const Dataset& dataset, const std::vector<Match>& matches, const Batch& batch,
              v1::LossFamily family) {
  Rows rows;
  for (const Segment& segment : batch) {
    for (const size_t i : segment.detections) {
      AppendRow(dataset, matches[i], dataset.detections[i], family, rows);
    }
    rows.offsets.push_back(rows.offsets.back() + static_cast<int64_t>(segment.detections.size()));
  }
  rows.shape = {rows.offsets.back()};
  if (family == v1::LOSS_FAMILY_BOX) rows.shape.push_back(4);
  return rows;
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
    const bool same_segment = !batches.empty() && batches.back().back().image == detection.image &&
                              batches.back().back().category == detection.category;
    if (!same_segment && batch_rows >= rows) {
      batches.emplace_back();
      batch_rows = 0;
    }
    if (!same_segment) batches.back().push_back({detection.image, detection.category, {}});
    batches.back().back().detections.push_back(i);
    ++batch_rows;
  }
  return batches;
}

absl::StatusOr<v1::ComputeLossRequest> MakeRequest(const Dataset& dataset,
                                                   const std::vector<Match>& matches,
                                                   const Batch& batch, v1::LossFamily family,
                                                   const std::vector<std::string>& losses) {
  const Rows rows = MakeRows(dataset, matches, batch, family);
  const std::vector<std::string> parameters = family == v1::LOSS_FAMILY_BOX
                                                  ? std::vector<std::string>{"format=xywh"}
                                                  : std::vector<std::string>{};
  v1::ComputeLossRequest request;
  for (const std::string& name : losses) {
    const absl::StatusOr<LossMessage> loss = MakeLoss(name, parameters);
    if (!loss.ok()) return loss.status();
    absl::StatusOr<v1::ComputeLossRequest> single = client::MakeRequest(
        **loss, client::MakeTensorRef(rows.prediction, rows.shape),
        client::MakeTensorRef(rows.target, rows.shape),
        {.reduction = v1::REDUCTION_SUM, .gradient = false, .segment_offsets = rows.offsets});
    if (!single.ok()) return single;
    request.add_terms()->Swap(single->mutable_terms(0));
  }
  return request;
}

}  // namespace detloss::cli
