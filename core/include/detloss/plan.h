// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The first step: whether a problem is right, and everything that can be decided before the work.

#ifndef DETLOSS_PLAN_H_
#define DETLOSS_PLAN_H_

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "detloss/problem.h"
#include "detloss/violation.h"

namespace detloss {

// Everything that Execute needs and no question left about it, for the core alone. Elements of
// pointwise losses are items of 1 number, rows of softmax losses items of C, boxes items of 4.
// Segments and denominators count rows and items.
struct PlanDetails {
  const LossInfo* loss;
  ParameterValues parameters;
  TensorView prediction;
  TensorView target;
  bool target_is_index;
  std::optional<TensorView> weight;
  Shape weight_strides;  // along each axis of item_shape; 0 where broadcast

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
  absl::InlinedVector<int64_t, 2> segment_items;  // the first of each segment, and their number
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

// A problem that was found to be right, and what its outputs look like. Refers to the bytes of the
// problem's tensors, which must stay alive. Immutable: may be executed many times. A copy copies
// its lists.
class Plan {
 public:
  explicit Plan(PlanDetails details) : details_(std::move(details)) {}

  // [] for MEAN and SUM, [S] with segments, the per-element shape for NONE.
  const Shape& loss_shape() const;
  DataType loss_data_type() const;
  size_t loss_bytes() const;

  // Those of the prediction; no bytes when the gradient is not asked for.
  bool has_gradient() const;
  const Shape& gradient_shape() const;
  DataType gradient_data_type() const;
  size_t gradient_bytes() const;

  // Rows and elements of the prediction, for metrics.
  int64_t row_count() const;
  int64_t element_count() const;

  const PlanDetails& details() const { return details_; }

 private:
  PlanDetails details_;
};

// Validates `problem`. Appends every violation that does not depend on tensor contents to
// `violations`, with paths relative to the term ("prediction.shape", "sigmoid_focal.gamma"), and
// returns a plan if there was none. Of tensors that `problem.wrong` names, and of what depends on
// them, it says nothing, but makes no plan either.
std::optional<Plan> MakePlan(const Problem& problem, const Limits& limits,
                             std::vector<Violation>& violations);

}  // namespace detloss

#endif  // DETLOSS_PLAN_H_
