// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/tallies.h"

#include <utility>

namespace detloss::cli {

Tallies::Tallies(const Dataset& dataset, std::vector<std::string> losses) {
  const Tally empty = {.losses = std::vector<LossSum>(losses.size())};
  evaluation_ = {.losses = std::move(losses),
                 .total = empty,
                 .images = std::vector<Tally>(dataset.images.size(), empty),
                 .categories = std::vector<Tally>(dataset.categories.size(), empty)};
}

template <typename Change>
void Tallies::Update(size_t image, size_t category, Change change) {
  change(evaluation_.total);
  change(evaluation_.images[image]);
  change(evaluation_.categories[category]);
}

void Tallies::CountObjects(const Dataset& dataset, const std::vector<Match>& matches) {
  for (const Annotation& annotation : dataset.annotations) {
    Update(annotation.image, annotation.category, [](Tally& tally) { ++tally.annotations; });
  }
  for (size_t i = 0; i < matches.size(); ++i) {
    const Detection& detection = dataset.detections[i];
    Update(detection.image, detection.category, [&](Tally& tally) {
      ++tally.detections;
      if (matches[i].outcome == Outcome::kMatched) ++tally.matched;
    });
  }
}

void Tallies::AddLoss(size_t loss, const Segment& segment, double sum) {
  Update(segment.image, segment.category, [&](Tally& tally) {
    tally.losses[loss].sum += sum;
    tally.losses[loss].count += static_cast<int64_t>(segment.detections.size());
  });
}

}  // namespace detloss::cli
