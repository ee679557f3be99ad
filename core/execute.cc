// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Execution: blocks of fixed size within each segment, in any order on any number of threads; their
// sums are combined in index order.

#include <algorithm>
#include <atomic>

#include "absl/container/inlined_vector.h"
#include "core/bad_data.h"
#include "core/block_loader.h"
#include "core/kernels/kernels.h"
#include "core/load.h"
#include "core/statistics.h"
#include "detloss/convert.h"
#include "detloss/loss.h"

namespace detloss {
namespace {

struct BlockResult {
  double sum = 0;
  BlockFindings findings;
};

template <class T>
class Executor {
 public:
  Executor(const PlanDetails& plan, const Outputs& outputs)
      : plan_(plan), outputs_(outputs), kernel_(SelectKernel(plan.loss->kernels())), loader_(plan) {
    if (plan_.statistics) facts_ = FactsOf(plan_);
    SplitIntoBlocks();
    CountDenominators();
  }

  absl::StatusOr<Summary> Run(const ExecuteOptions& options, std::vector<Violation>& violations) {
    RunBlocks(options);
    if (cancelled_) return absl::CancelledError("the caller cancelled the request");
    ReportBadData(violations);
    if (!violations.empty()) return ToStatus(violations);
    return Summarize();
  }

 private:
  static Kernel<T> SelectKernel(const LossKernels& kernels) {
    if constexpr (sizeof(T) == 4) {
      return kernels.float32;
    } else {
      return kernels.float64;
    }
  }

  bool NeedsGradient() const { return plan_.gradient || plan_.statistics; }

  void SplitIntoBlocks() {
    for (size_t s = 0; s + 1 < plan_.segment_items.size(); ++s) {
      for (int64_t i = plan_.segment_items[s]; i < plan_.segment_items[s + 1];
           i += plan_.block_items) {
        const int64_t left = plan_.segment_items[s + 1] - i;
        blocks_.push_back({s, i, std::min(plan_.block_items, left)});
      }
    }
  }

  // What MEAN divides by, in each segment.
  void CountDenominators() {
    const bool by_class = plan_.loss->family == Family::kSoftmax && !plan_.class_parameter.empty();
    const bool by_label = plan_.target_is_index && (plan_.ignore_index || by_class);
    std::vector<int64_t> labels;
    std::vector<std::byte> gathered;
    for (size_t s = 0; s + 1 < plan_.segment_items.size(); ++s) {
      const int64_t begin = plan_.segment_items[s], end = plan_.segment_items[s + 1];
      denominators_.push_back(by_label ? CountItems(begin, end, by_class, labels, gathered)
                                       : static_cast<double>(end - begin));
    }
  }

  // The items [begin, end), which are whole rows, by what their labels count for.
  double CountItems(int64_t begin, int64_t end, bool by_class, std::vector<int64_t>& buffer,
                    std::vector<std::byte>& gathered) const {
    constexpr auto kRows = static_cast<int64_t>(kBlockElements);
    if (begin == end) return 0;  // rows without classes have no items either
    double mass = 0;
    end /= plan_.items_per_row;
    for (int64_t row = begin / plan_.items_per_row; row < end; row += kRows) {
      const int64_t count = std::min(kRows, end - row);
      const int64_t* labels = LoadIntegers(plan_.target, row, count, buffer, gathered);
      for (int64_t i = 0; i < count; ++i) mass += LabelMass(labels[i], by_class);
    }
    return mass * static_cast<double>(plan_.items_per_row);
  }

  double LabelMass(int64_t label, bool by_class) const {
    if (plan_.IgnoresLabel(label)) return 0;
    if (!by_class) return 1;
    if (!plan_.HasClass(label)) return 0;
    // As the kernel sees it.
    return static_cast<double>(InRange<T>(plan_.class_parameter[static_cast<size_t>(label)]));
  }

  void RunBlocks(const ExecuteOptions& options) {
    results_.resize(blocks_.size());
    if (plan_.statistics) statistics_.resize(blocks_.size());
    const auto run = [&](size_t b) {
      if (cancelled_.load(std::memory_order_relaxed)) return;
      if (options.cancelled && options.cancelled()) {
        cancelled_ = true;
        return;
      }
      static thread_local Scratch<T> scratch;
      results_[b] = RunBlock(b, scratch);
    };
    if (options.threads == nullptr || blocks_.size() < 2) {
      for (size_t b = 0; b < blocks_.size(); ++b) run(b);
      return;
    }
    options.threads->ParallelFor(blocks_.size(), run);
  }

  BlockResult RunBlock(size_t b, Scratch<T>& scratch) {
    const BlockRange& range = blocks_[b];
    BlockResult result;
    Block<T> block = loader_.LoadBlock(range, scratch, result.findings);
    block.value_scale = plan_.scale;
    block.gradient_scale = GradientScale(range.segment);
    const auto elements = static_cast<size_t>(range.count * plan_.item_width);
    PlaceValue(range, scratch, block);
    T* const gradient = PlaceGradient(range, elements, scratch);
    block.gradient = gradient;
    const BlockSum sum = kernel_(plan_.parameters, block);
    result.sum = plan_.scale * sum.value;
    if (!sum.finite) result.findings.non_finite_count += loader_.CountNonFinite(block);
    if (plan_.statistics) statistics_[b] = SumsOf(facts_, block);
    StoreGradient(range, elements, gradient);
    return result;
  }

  double GradientScale(size_t segment) const {
    if (plan_.reduction != Reduction::kMean) return plan_.scale;
    const double denominator = Denominator(segment);
    return denominator == 0 ? 0 : InRange<double>(plan_.scale / denominator);
  }

  double Denominator(size_t segment) const {
    return plan_.normalizer ? *plan_.normalizer : denominators_[segment];
  }

  // Values go to the loss tensor for NONE, to scratch for statistics, else nowhere.
  void PlaceValue(const BlockRange& range, Scratch<T>& scratch, Block<T>& block) const {
    if (plan_.reduction == Reduction::kNone) {
      block.value = static_cast<T*>(outputs_.loss) + range.first_item;
    } else if (plan_.statistics) {
      block.value = Grow(scratch.value, block.count);
    }
    if (!plan_.statistics || plan_.loss->family != Family::kSoftmax) return;
    block.log_normalizer = Grow(scratch.log_normalizer, block.count);
    block.class_value = Grow(scratch.class_value, block.count * block.width);
  }

  // Gradients go to the output where it holds T, else to scratch.
  T* PlaceGradient(const BlockRange& range, size_t elements, Scratch<T>& scratch) const {
    if (!NeedsGradient()) return nullptr;
    if (plan_.gradient && plan_.prediction.data_type == TypeOf<T>()) {
      return static_cast<T*>(outputs_.gradient) + range.first_item * plan_.item_width;
    }
    return Grow(scratch.gradient, elements);
  }

  void StoreGradient(const BlockRange& range, size_t elements, const T* gradient) const {
    if (!plan_.gradient || plan_.prediction.data_type == TypeOf<T>()) return;
    const size_t offset = static_cast<size_t>(range.first_item * plan_.item_width) *
                          SizeOf(plan_.prediction.data_type);
    ConvertFrom(gradient, elements, plan_.prediction.data_type,
                static_cast<std::byte*>(outputs_.gradient) + offset);
  }

  int64_t NonFiniteCount() const {
    int64_t count = loader_.BroadcastNonFiniteCount();
    for (const BlockResult& result : results_) count += result.findings.non_finite_count;
    return count;
  }

  void ReportBadData(std::vector<Violation>& violations) const {
    const bool bad_target = std::any_of(results_.begin(), results_.end(), [](const BlockResult& r) {
      return r.findings.target_out_of_range;
    });
    if (bad_target) ReportTarget(plan_, violations);
    if (plan_.non_finite == NonFinitePolicy::kReject && NonFiniteCount() > 0) {
      ReportNonFinite<T>(plan_, violations);
    }
  }

  Summary Summarize() const {
    Summary summary;
    absl::InlinedVector<double, 2> sums(denominators_.size(), 0.0);
    StatisticsSums statistics;
    for (size_t b = 0; b < blocks_.size(); ++b) {
      sums[blocks_[b].segment] += results_[b].sum;
      if (plan_.statistics) Combine(statistics_[b], statistics);
    }
    for (size_t s = 0; s < sums.size(); ++s) {
      summary.loss_sum += sums[s];
      summary.denominator += plan_.normalizer ? 0 : denominators_[s];
      if (plan_.reduction != Reduction::kNone) summary.total_loss += WriteLoss(s, sums[s]);
    }
    if (plan_.normalizer) summary.denominator = *plan_.normalizer;
    summary.non_finite_count = NonFiniteCount();
    if (plan_.statistics) summary.statistics = Finish(statistics);
    if (plan_.segmented) {
      summary.segment_loss_sums.assign(sums.begin(), sums.end());
      for (size_t s = 0; s < denominators_.size(); ++s) {
        summary.segment_denominators.push_back(Denominator(s));
      }
    }
    return summary;
  }

  double WriteLoss(size_t segment, double sum) const {
    double loss = sum;
    if (plan_.reduction == Reduction::kMean) {
      const double denominator = Denominator(segment);
      loss = denominator == 0 ? 0 : sum / denominator;
    }
    static_cast<T*>(outputs_.loss)[segment] = static_cast<T>(loss);
    return loss;
  }

  const PlanDetails& plan_;
  const Outputs& outputs_;
  const Kernel<T> kernel_;
  const BlockLoader<T> loader_;
  absl::InlinedVector<BlockRange, 2> blocks_;
  absl::InlinedVector<BlockResult, 2> results_;
  StatisticsFacts facts_ = {};              // these two only with statistics
  std::vector<StatisticsSums> statistics_;  // of each block
  absl::InlinedVector<double, 2> denominators_;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace

absl::StatusOr<Summary> Execute(const Plan& plan, const Outputs& outputs,
                                const ExecuteOptions& options, std::vector<Violation>& violations) {
  if (plan.loss_data_type() == DataType::kFloat64) {
    return Executor<double>(plan.details(), outputs).Run(options, violations);
  }
  return Executor<float>(plan.details(), outputs).Run(options, violations);
}

}  // namespace detloss
