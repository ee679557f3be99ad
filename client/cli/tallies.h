// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Counts and sums, by image, by class and in all.

#ifndef DETLOSS_CLI_TALLIES_H_
#define DETLOSS_CLI_TALLIES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "client/cli/batches.h"
#include "client/cli/coco.h"
#include "client/cli/matching.h"

namespace detloss::cli {

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

// Adds up an evaluation.
class Tallies {
 public:
  Tallies(const Dataset& dataset, std::vector<std::string> losses);

  void CountObjects(const Dataset& dataset, const std::vector<Match>& matches);

  // Adds the sum of a segment to the loss of this index.
  void AddLoss(size_t loss, const Segment& segment, double sum);

  Evaluation Finish() && { return std::move(evaluation_); }

 private:
  // Calls `change` with every tally that covers the image and the category.
  template <typename Change>
  void Update(size_t image, size_t category, Change change);

  Evaluation evaluation_;
};

}  // namespace detloss::cli

#endif  // DETLOSS_CLI_TALLIES_H_
