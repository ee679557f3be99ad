// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Execution: blocks of fixed size within each segment, in any order on any number of threads; their
// sums are combined in index order.

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "core/bad_data.h"
#include "core/block_loader.h"
#include "core/cancellation.h"
#include "core/denominators.h"
#include "core/kernels/kernels.h"
#include "core/load.h"
#include "core/scratch.h"
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
  Executor(const PlanDetails& plan, const Outputs& outputs, const ExecuteOptions& options)
      : plan_(plan),
        outputs_(outputs),
        threads_(options.threads),
        cancellation_(options.cancelled),
        kernel_(SelectKernel(plan.loss->kernels())),
        loader_(plan, cancellation_),
        denominators_(CountDenominators<T>(plan, cancellation_)) {
    if (plan_.statistics) facts_ = FactsOf(plan_);
    SplitIntoBlocks();
  }

  absl::StatusOr<Summary> Run(std::vector<Violation>& violations) {
    RunBlocks();
    std::vector<Violation> found;
    if (!cancellation_.happened()) ReportBadData(found);
    if (cancellation_.happened()) return absl::CancelledError("the caller cancelled the request");
    violations.insert(violations.end(), found.begin(), found.end());
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

  void RunBlocks() {
    results_.resize(blocks_.size());
    if (plan_.statistics) statistics_.resize(blocks_.size());
    const auto run = [&](size_t b) {
      if (!cancellation_.Ask()) results_[b] = RunBlockWithScratch(b);
    };
    if (threads_ == nullptr || blocks_.size() < 2) {
      for (size_t b = 0; b < blocks_.size(); ++b) run(b);
      return;
    }
    threads_->ParallelFor(blocks_.size(), run);
  }

  // A row may be longer than a block is otherwise.
  bool HasLongRows() const { return plan_.item_width > static_cast<int64_t>(kBlockElements); }

  // Buffers of ordinary size stay with the thread, others end with the request.
  BlockResult RunBlockWithScratch(size_t b) {
    static thread_local Scratch<T> of_thread;
    if (!HasLongRows()) return RunBlock(b, of_thread);
    std::unique_ptr<Scratch<T>> scratch = long_scratch_.Take();
    const BlockResult result = RunBlock(b, *scratch);
    long_scratch_.GiveBack(std::move(scratch));
    return result;
  }

  // A long row is work for longer than a caller is to wait who cancels.
  bool StopsWithin() const { return HasLongRows() && cancellation_.Ask(); }

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
    if (StopsWithin()) return result;
    const BlockSum sum = kernel_(plan_.parameters, block);
    if (StopsWithin()) return result;
    result.sum = plan_.scale * sum.value;
    if (!sum.finite) result.findings.non_finite_count += loader_.CountNonFinite(block);
    if (plan_.statistics) statistics_[b] = SumsOf(facts_, block);
    if (StopsWithin()) return result;
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
    if (bad_target) ReportTarget(plan_, cancellation_, violations);
    if (plan_.non_finite == NonFinitePolicy::kReject && NonFiniteCount() > 0) {
      ReportNonFinite<T>(plan_, cancellation_, violations);
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
  ThreadPool* const threads_;
  const Cancellation cancellation_;
  const Kernel<T> kernel_;
  const BlockLoader<T> loader_;
  const Denominators denominators_;
  ScratchPool<T> long_scratch_;
  absl::InlinedVector<BlockRange, 2> blocks_;
  absl::InlinedVector<BlockResult, 2> results_;
  StatisticsFacts facts_ = {};              // these two only with statistics
  std::vector<StatisticsSums> statistics_;  // of each block
};

}  // namespace

absl::StatusOr<Summary> Execute(const Plan& plan, const Outputs& outputs,
                                const ExecuteOptions& options, std::vector<Violation>& violations) {
  if (plan.loss_data_type() == DataType::kFloat64) {
    return Executor<double>(plan.details(), outputs, options).Run(violations);
  }
  return Executor<float>(plan.details(), outputs, options).Run(violations);
}

}  // namespace detloss
