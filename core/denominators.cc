// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "core/denominators.h"

#include <algorithm>
#include <vector>

#include "core/kernels/kernels.h"
#include "core/load.h"

namespace detloss {
namespace {

// Counts the items of whole rows by what their labels count for.
template <class T>
class LabelCounter {
 public:
  LabelCounter(const PlanDetails& plan, bool by_class, const Cancellation& cancellation)
      : plan_(plan), by_class_(by_class), cancellation_(cancellation) {}

  double Count(int64_t first_item, int64_t end_item) {
    constexpr auto kRows = static_cast<int64_t>(kBlockElements);
    if (first_item == end_item) return 0;  // rows without classes have no items either
    const int64_t end = end_item / plan_.items_per_row;
    double mass = 0;
    for (int64_t row = first_item / plan_.items_per_row; row < end; row += kRows) {
      if (cancellation_.Ask()) break;
      AddRows(row, std::min(kRows, end - row), mass);
    }
    return mass * static_cast<double>(plan_.items_per_row);
  }

 private:
  void AddRows(int64_t row, int64_t count, double& mass) {
    const int64_t* labels = LoadIntegers(plan_.target, row, count, labels_, gathered_);
    for (int64_t i = 0; i < count; ++i) mass += LabelMass(labels[i]);
  }

  double LabelMass(int64_t label) const {
    if (plan_.IgnoresLabel(label)) return 0;
    if (!by_class_) return 1;
    if (!plan_.HasClass(label)) return 0;
    // As the kernel sees it.
    return static_cast<double>(InRange<T>(plan_.class_parameter[static_cast<size_t>(label)]));
  }

  const PlanDetails& plan_;
  const bool by_class_;
  const Cancellation& cancellation_;
  std::vector<int64_t> labels_;
  std::vector<std::byte> gathered_;
};

}  // namespace

template <class T>
Denominators CountDenominators(const PlanDetails& plan, const Cancellation& cancellation) {
  const bool by_class = plan.loss->family == Family::kSoftmax && !plan.class_parameter.empty();
  const bool by_label = plan.target_is_index && (plan.ignore_index || by_class);
  LabelCounter<T> counter(plan, by_class, cancellation);
  Denominators denominators;
  for (size_t s = 0; s + 1 < plan.segment_items.size(); ++s) {
    const int64_t begin = plan.segment_items[s], end = plan.segment_items[s + 1];
    denominators.push_back(by_label ? counter.Count(begin, end) : static_cast<double>(end - begin));
  }
  return denominators;
}

template Denominators CountDenominators<float>(const PlanDetails&, const Cancellation&);
template Denominators CountDenominators<double>(const PlanDetails&, const Cancellation&);

}  // namespace detloss
