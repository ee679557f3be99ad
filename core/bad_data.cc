// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "core/bad_data.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/kernels/kernels.h"
#include "core/load.h"

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

constexpr auto kScanned = static_cast<int64_t>(kBlockElements);

// Calls visit(index, number) for every element.
template <class Visit>
void ForEachNumber(const TensorView& tensor, const Cancellation& cancellation, const Visit& visit) {
  std::vector<double> buffer;
  std::vector<std::byte> bytes;
  const int64_t end = *ElementCount(tensor.shape);
  for (int64_t begin = 0; begin < end && !cancellation.Ask(); begin += kScanned) {
    const int64_t count = std::min(kScanned, end - begin);
    const auto* x = Load(tensor, begin, static_cast<size_t>(count), buffer, bytes);
    for (int64_t i = 0; i < count; ++i) visit(begin + i, x[i]);
  }
}

// The index of the first integer that is not right; 0 when cancelled. REQUIRES: there is one.
template <class IsRight>
int64_t FindFirstWrong(const TensorView& tensor, const Cancellation& cancellation,
                       const IsRight& is_right) {
  std::vector<int64_t> buffer;
  std::vector<std::byte> bytes;
  const int64_t end = *ElementCount(tensor.shape);
  for (int64_t begin = 0; !cancellation.Ask(); begin += kScanned) {
    const int64_t count = std::min(kScanned, end - begin);
    const int64_t* x = LoadIntegers(tensor, begin, count, buffer, bytes);
    const int64_t* wrong = std::find_if_not(x, x + count, is_right);
    if (wrong != x + count) return begin + (wrong - x);
  }
  return 0;
}

template <class T>
void ReportNonFiniteTensor(absl::string_view field, const TensorView& tensor,
                           const Cancellation& cancellation, std::vector<Violation>& violations) {
  std::string positions;
  int64_t found = 0;
  ForEachNumber(tensor, cancellation, [&](int64_t i, double x) {
    // A number that the type of the computation cannot hold counts as infinite.
    if (std::isfinite(static_cast<T>(x))) return;
    if (found < 4) absl::StrAppend(&positions, found ? ", " : "", Position(tensor.shape, i));
    ++found;
  });
  if (found == 0) return;
  violations.push_back({std::string(field), Reason::kNonFinite,
                        absl::StrCat("must be finite, got ", found,
                                     " elements that are not, first at ", positions)});
}

}  // namespace

void ReportTarget(const PlanDetails& plan, const Cancellation& cancellation,
                  std::vector<Violation>& violations) {
  const int64_t first = FindFirstWrong(plan.target, cancellation, [&](int64_t value) {
    return plan.target_is_index ? plan.AcceptsLabel(value) : value <= 1;
  });
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
void ReportNonFinite(const PlanDetails& plan, const Cancellation& cancellation,
                     std::vector<Violation>& violations) {
  const auto report = [&](absl::string_view field, const TensorView& tensor) {
    ReportNonFiniteTensor<T>(field, tensor, cancellation, violations);
  };
  report("prediction", plan.prediction);
  if (!plan.target_is_index) report("target", plan.target);
  if (plan.weight) report("weight", *plan.weight);
}

template void ReportNonFinite<float>(const PlanDetails&, const Cancellation&,
                                     std::vector<Violation>&);
template void ReportNonFinite<double>(const PlanDetails&, const Cancellation&,
                                      std::vector<Violation>&);

}  // namespace detloss
