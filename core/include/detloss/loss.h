// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Computes a loss and its gradient in two steps: MakePlan finds every error that does not depend on
// the data, Execute does the work. ComputeLoss is both in one for callers without buffers.

#ifndef DETLOSS_LOSS_H_
#define DETLOSS_LOSS_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "detloss/plan.h"
#include "detloss/problem.h"
#include "detloss/statistics.h"
#include "detloss/thread_pool.h"
#include "detloss/violation.h"

namespace detloss {

// Where the kernels write. The buffers must be aligned to 8 bytes and as large as the plan says.
struct Outputs {
  void* loss = nullptr;
  void* gradient = nullptr;  // null if the plan has no gradient
};

// What Execute returns beside the tensors.
struct Summary {
  double loss_sum = 0;
  double denominator = 0;
  double total_loss = 0;  // sum of the loss tensor; 0 for reduction NONE
  std::vector<double> segment_loss_sums;
  std::vector<double> segment_denominators;
  int64_t non_finite_count = 0;
  Statistics statistics;  // zeros unless asked for
};

struct ExecuteOptions {
  // Where to run; null runs on the calling thread alone. The result does not depend on it.
  ThreadPool* threads = nullptr;

  // Asked between chunks, from any thread; true ends the work soon, with CANCELLED.
  std::function<bool()> cancelled = nullptr;
};

// Computes `plan` into `outputs`.
//
// Return values:
//  * a summary - the outputs are filled
//  * OUT_OF_RANGE, appended to `violations` - a class index or a UINT8 target outside its range
//  * INVALID_ARGUMENT, appended to `violations` - NaN or infinity under NonFinitePolicy::kReject
//  * CANCELLED - options.cancelled returned true; the outputs are undefined
absl::StatusOr<Summary> Execute(const Plan& plan, const Outputs& outputs,
                                const ExecuteOptions& options, std::vector<Violation>& violations);

// The result of ComputeLoss: what Execute writes and returns.
struct LossResult {
  Summary summary;
  Shape loss_shape;
  DataType loss_data_type = DataType::kFloat32;
  std::vector<double> loss;         // converted to double
  std::vector<std::byte> gradient;  // of the prediction's data type; empty if not asked for
};

// MakePlan and Execute in one, with memory of its own. Thread-safe.
absl::StatusOr<LossResult> ComputeLoss(const Problem& problem, const ExecuteOptions& options = {});

// The instruction set that kernels run on now, as Highway names it.
absl::string_view SimdTarget();

}  // namespace detloss

#endif  // DETLOSS_LOSS_H_
