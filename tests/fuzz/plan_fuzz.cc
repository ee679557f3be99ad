// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Problems of any kind through MakePlan, and what it accepts through Execute: every violation names
// a field of the problem, and the counts of a plan are those of its problem.

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "detloss/loss.h"
#include "tests/fuzz/hostile_problem.h"

namespace detloss {
namespace {

void Check(bool right, const char* what) {
  if (right) return;
  std::fprintf(stderr, "wrong: %s\n", what);
  std::abort();
}

void CheckViolations(const Problem& problem, const std::vector<Violation>& violations) {
  for (const Violation& violation : violations) {
    const std::string field = violation.field.substr(0, violation.field.find_first_of(".["));
    constexpr absl::string_view kFields[] = {"loss",           "prediction",     "target",
                                             "weight",         "scale",          "normalizer",
                                             "easy_threshold", "segment_offsets"};
    const bool of_loss = problem.loss != nullptr && field == problem.loss->name;
    Check(of_loss || absl::c_linear_search(kFields, field), violation.field.c_str());
    Check(violation.description.find(", got ") != std::string::npos ||
              violation.reason == Reason::kClassIndexOutOfRange ||
              violation.reason == Reason::kTargetOutOfRange,
          violation.description.c_str());
  }
}

void CheckItems(const Problem& problem, const PlanDetails& plan) {
  const int64_t elements = *ElementCount(problem.prediction.shape);
  Check(plan.items == *ElementCount(plan.item_shape), "items");
  Check(plan.items * plan.item_width == elements, "elements of items");
  Check(plan.items_per_row == 0 || plan.rows * plan.items_per_row == plan.items, "rows");
  Check(plan.segment_items.front() == 0 && plan.segment_items.back() == plan.items, "segments");
  Check(absl::c_is_sorted(plan.segment_items), "segments fall");
  Check(!plan.weight || plan.weight_strides.size() == plan.item_shape.size(), "weight");
  Check(plan.block_items > 0, "blocks");
}

void CheckOutputs(const Problem& problem, const Plan& plan) {
  const size_t values = static_cast<size_t>(*ElementCount(plan.loss_shape()));
  const size_t segments = problem.segment_offsets.size();
  Check(plan.element_count() == *ElementCount(problem.prediction.shape), "element_count");
  Check(plan.gradient_bytes() == (problem.gradient ? problem.prediction.bytes.size() : 0),
        "gradient_bytes");
  Check(plan.loss_bytes() == values * SizeOf(plan.loss_data_type()), "loss_bytes");
  if (problem.reduction != Reduction::kNone) {
    Check(values == (segments == 0 ? 1 : segments - 1), "values");
  }
}

void Run(const HostileProblem& hostile, const Plan& plan) {
  // No larger than it must be, so that a sanitizer sees what writes beyond.
  std::vector<double> loss((plan.loss_bytes() + 7) / 8), gradient((plan.gradient_bytes() + 7) / 8);
  std::vector<Violation> violations;
  const absl::StatusOr<Summary> summary =
      Execute(plan, {loss.data(), gradient.data()}, {}, violations);
  Check(summary.ok() == violations.empty(), "violations of a result");
  CheckViolations(hostile.problem, violations);
}

void RunPlan(FuzzInput in) {
  const HostileProblem hostile(in);
  std::vector<Violation> violations;
  const std::optional<Plan> plan = MakePlan(hostile.problem, hostile.limits, violations);
  CheckViolations(hostile.problem, violations);
  Check(plan.has_value() == (violations.empty() && !hostile.problem.wrong.any()), "a plan");
  if (!plan) return;
  CheckItems(hostile.problem, plan->details());
  CheckOutputs(hostile.problem, *plan);
  Run(hostile, *plan);
}

}  // namespace
}  // namespace detloss

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  detloss::RunPlan(detloss::FuzzInput(data, size));
  return 0;
}
