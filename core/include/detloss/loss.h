// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Computes a loss and its gradient in two steps: MakePlan finds every error that does not depend on
// the data, Execute does the work. ComputeLoss is both in one for callers without buffers.

#ifndef DETLOSS_LOSS_H_
#define DETLOSS_LOSS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "detloss/registry.h"
#include "detloss/tensor.h"
#include "detloss/thread_pool.h"
#include "detloss/violation.h"

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

struct PlanDetails;  // core/plan.h

// A problem that was found to be right, and what its outputs look like. Refers to the tensors of
// the problem, which must stay alive. Cheap to move. Immutable: may be executed many times.
class Plan {
 public:
  explicit Plan(std::shared_ptr<const PlanDetails> details) : details_(std::move(details)) {}

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

  const PlanDetails& details() const { return *details_; }

 private:
  std::shared_ptr<const PlanDetails> details_;
};

// Validates `problem`. Appends every violation that does not depend on tensor contents to
// `violations`, with paths relative to the term ("prediction.shape", "sigmoid_focal.gamma"), and
// returns a plan if there was none. Of tensors that `problem.wrong` names, and of what depends on
// them, it says nothing, but makes no plan either.
std::optional<Plan> MakePlan(const Problem& problem, const Limits& limits,
                             std::vector<Violation>& violations);

// Where the kernels write. The buffers must be aligned to 8 bytes and as large as the plan says.
struct Outputs {
  void* loss = nullptr;
  void* gradient = nullptr;  // null if the plan has no gradient
};

struct SampleGroup {
  int64_t count = 0;
  double loss_sum = 0;
  double gradient_abs_sum = 0;
};

// The fields mean what proto/detloss/v1/loss_service.proto says of TermStatistics.
struct Statistics {
  int64_t element_count = 0;
  double gradient_norm = 0;
  double gradient_abs_max = 0;
  SampleGroup easy_positive, hard_positive, easy_negative, hard_negative;
  int64_t degenerate_count = 0;
  int64_t inverted_count = 0;
  int64_t non_overlapping_count = 0;
  double mean_iou = 0;
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
