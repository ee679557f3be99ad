// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "core/bad_data.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/block_loader.h"

namespace detloss {
namespace {

// "[2, 3]" from a flat index.
std::string Position(const Shape& shape, int64_t flat) {
  std::vector<int64_t> position(shape.size());
  for (size_t axis = shape.size(); axis-- > 0;) {
    position[axis] = flat % shape[axis];
    flat /= shape[axis];
  }
  return ToString(position);
}

template <class T>
void ReportNonFiniteTensor(absl::string_view field, const TensorView& tensor,
                           std::vector<Violation>& violations) {
  std::vector<double> values;
  std::vector<std::byte> bytes;
  const int64_t count = *ElementCount(tensor.shape);
  const double* x = Load(tensor, 0, static_cast<size_t>(count), values, bytes);
  std::string positions;
  int64_t found = 0;
  for (int64_t i = 0; i < count; ++i) {
    // A number that the type of the computation cannot hold counts as infinite.
    if (std::isfinite(static_cast<T>(x[i]))) continue;
    if (found < 4) absl::StrAppend(&positions, found ? ", " : "", Position(tensor.shape, i));
    ++found;
  }
  if (found == 0) return;
  violations.push_back({std::string(field), Reason::kNonFinite,
                        absl::StrCat("must be finite, got ", found,
                                     " elements that are not, first at ", positions)});
}

}  // namespace

void ReportTarget(const PlanDetails& plan, std::vector<Violation>& violations) {
  std::vector<int64_t> buffer;
  std::vector<std::byte> bytes;
  const int64_t* value =
      LoadIntegers(plan.target, 0, *ElementCount(plan.target.shape), buffer, bytes);
  int64_t first = 0;
  while (plan.target_is_index ? plan.AcceptsLabel(value[first]) : value[first] <= 1) ++first;
  const std::string at = Position(plan.target.shape, first);
  if (!plan.target_is_index) {
    violations.push_back(
        {"target", Reason::kTargetOutOfRange,
         absl::StrCat("UINT8 targets must be 0 or 1, but the one at ", at, " is not")});
    return;
  }
  const bool background = plan.loss->family == Family::kSigmoid;
  violations.push_back(
      {"target", Reason::kClassIndexOutOfRange,
       absl::StrCat("class indices must be in [0, ", plan.classes, ")",
                    background ? ", or -1 or the number of classes for background" : "",
                    plan.ignore_index ? ", or ignore_index" : "", ", but the one at ", at,
                    " is not")});
}

template <class T>
void ReportNonFinite(const PlanDetails& plan, std::vector<Violation>& violations) {
  ReportNonFiniteTensor<T>("prediction", plan.prediction, violations);
  if (!plan.target_is_index) ReportNonFiniteTensor<T>("target", plan.target, violations);
  if (plan.weight) ReportNonFiniteTensor<T>("weight", *plan.weight, violations);
}

template void ReportNonFinite<float>(const PlanDetails&, std::vector<Violation>&);
template void ReportNonFinite<double>(const PlanDetails&, std::vector<Violation>&);

}  // namespace detloss
