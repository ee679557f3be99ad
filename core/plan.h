// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What MakePlan decided: everything that Execute needs and no question left about it.

#ifndef DETLOSS_CORE_PLAN_H_
#define DETLOSS_CORE_PLAN_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "detloss/loss.h"

namespace detloss {

// How many numbers an item reads: elements of pointwise losses are items of 1, rows of softmax
// losses items of C, boxes items of 4. Segments and denominators count rows and items.
struct PlanDetails {
  const LossInfo* loss;
  ParameterValues parameters;
  TensorView prediction;
  TensorView target;
  bool target_is_index;
  std::optional<TensorView> weight;
  std::vector<int64_t> weight_strides;  // along each axis of item_shape; 0 where broadcast

  Shape item_shape;
  int64_t rows;
  int64_t items;
  int64_t items_per_row;
  int64_t item_width;  // elements of prediction for each item
  int64_t classes;     // the last axis, for classification
  int64_t block_items;

  Reduction reduction;
  std::optional<double> normalizer;
  double scale;
  bool gradient;
  bool segmented;
  std::vector<int64_t> segment_items;  // first item of each segment, and the number of items
  bool statistics;
  double easy_threshold;
  NonFinitePolicy non_finite;

  std::optional<int64_t> ignore_index;
  std::vector<double> class_parameter;  // one for each class, or empty

  Shape loss_shape;
  DataType loss_data_type;
  Shape gradient_shape;

  bool IgnoresLabel(int64_t label) const { return ignore_index && label == *ignore_index; }
  bool HasClass(int64_t label) const { return label >= 0 && label < classes; }
  // Background is no class, but a label of sigmoid losses.
  bool AcceptsLabel(int64_t label) const {
    if (HasClass(label) || IgnoresLabel(label)) return true;
    return loss->family == Family::kSigmoid && (label == -1 || label == classes);
  }
};

// What is known of a plan once its tensors are checked.
struct TensorFacts {
  bool items = false;  // classes, items and their shape
  bool rows = false;   // rows, and the items of each
};

// Checks the tensors of `problem` and fills in what `plan` says of them, as far as they are right.
// REQUIRES: plan.loss is that of the problem.
TensorFacts PlanTensors(const Problem& problem, const Limits& limits, PlanDetails& plan,
                        std::vector<Violation>& violations);

}  // namespace detloss

#endif  // DETLOSS_CORE_PLAN_H_
