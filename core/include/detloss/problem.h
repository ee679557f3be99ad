// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What is to be computed.

#ifndef DETLOSS_PROBLEM_H_
#define DETLOSS_PROBLEM_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "detloss/registry.h"
#include "detloss/tensor.h"

namespace detloss {

// How the per-element losses become the result. The numbers are those of the wire.
enum class Reduction : uint8_t { kNone = 1, kMean = 2, kSum = 3 };

// What to do about NaN and infinity. The numbers are those of the wire.
enum class NonFinitePolicy : uint8_t { kPropagate = 1, kReject = 2 };

// The largest problem that MakePlan accepts.
struct Limits {
  int64_t rank_max = 8;                     // axes of a tensor
  int64_t elements_max = int64_t{1} << 28;  // elements of a tensor
  int64_t classes_max = int64_t{1} << 20;   // classes of a row
  int64_t segments_max = int64_t{1} << 16;  // segments of a problem
};

// Tensors of which the caller knows already that they are wrong, and has said so.
struct WrongTensors {
  bool prediction = false;
  bool target = false;
  bool weight = false;

  bool any() const { return prediction || target || weight; }
};

// One loss to compute. The fields mean what proto/detloss/v1/losses.proto says of LossTerm.
struct Problem {
  const LossInfo* loss = nullptr;  // required
  ParameterValues parameters;      // of `loss`; empty means all defaults
  TensorView prediction;
  TensorView target;
  std::optional<TensorView> weight;
  Reduction reduction = Reduction::kMean;
  std::optional<double> normalizer;
  double scale = 1;
  bool gradient = true;
  std::vector<int64_t> segment_offsets;
  bool statistics = false;
  double easy_threshold = 0.5;
  NonFinitePolicy non_finite = NonFinitePolicy::kPropagate;
  WrongTensors wrong;
};

}  // namespace detloss

#endif  // DETLOSS_PROBLEM_H_
