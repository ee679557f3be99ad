// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Execution: blocks of fixed size within each segment, in any order on any number of threads; their
// sums are combined in index order. A block is loaded (in place where type and alignment allow),
// computed and stored.

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "core/kernels/kernels.h"
#include "core/plan.h"
#include "core/statistics.h"
#include "detloss/convert.h"

namespace detloss {
namespace {

// Where a block is.
struct BlockRange {
  size_t segment;
  int64_t first_item;
  int64_t count;
};

struct BlockResult {
  double sum = 0;
  int64_t non_finite_count = 0;
  bool target_out_of_range = false;
  StatisticsSums statistics;
};

// Buffers of one thread. They grow to the largest block and stay.
template <class T>
struct Scratch {
  std::vector<std::byte> bytes;
  std::vector<T> prediction, target, weight, class_parameter, value, gradient;
  std::vector<int64_t> index;
  std::vector<LogNormalizer> log_normalizer;
  std::vector<char> ignored;

  template <class U>
  static U* Grow(std::vector<U>& buffer, size_t size) {
    if (buffer.size() < size) buffer.resize(size);
    return buffer.data();
  }
};

template <class T>
constexpr DataType TypeOf() {
  return sizeof(T) == 4 ? DataType::kFloat32 : DataType::kFloat64;
}

template <class T>
bool Aligned(const void* address) {
  return reinterpret_cast<uintptr_t>(address) % alignof(T) == 0;
}

template <class T>
int64_t CountNonFinite(const T* x, size_t count) {
  // A sum of zeros unless something is not finite: the common case costs one pass without branches.
  T sum[8] = {};
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    for (size_t k = 0; k < 8; ++k) sum[k] += x[i + k] * T{0};
  }
  for (; i < count; ++i) sum[0] += x[i] * T{0};
  for (size_t k = 1; k < 8; ++k) sum[0] += sum[k];
  if (sum[0] == 0) return 0;
  return std::count_if(x, x + count, [](T v) { return !std::isfinite(v); });
}

// The elements [first, first + count) as T: in place where they are T already, else converted.
template <class T>
const T* Load(const TensorView& tensor, int64_t first, size_t count, std::vector<T>& buffer,
              std::vector<std::byte>& bytes) {
  const size_t size = SizeOf(tensor.data_type);
  std::byte* scratch = Scratch<T>::Grow(bytes, count * size);
  const std::byte* from =
      tensor.bytes.Read(static_cast<size_t>(first) * size, count * size, scratch);
  if (tensor.data_type == TypeOf<T>() && from != scratch && Aligned<T>(from)) {
    return reinterpret_cast<const T*>(from);
  }
  T* to = Scratch<T>::Grow(buffer, count);
  ConvertTo(tensor.data_type, from, count, to);
  return to;
}

template <class T>
class Executor {
 public:
  Executor(const PlanDetails& plan, const Outputs& outputs)
      : plan_(plan),
        outputs_(outputs),
        kernel_(SelectKernel(plan.loss->kernels())),
        class_parameter_(InRangeOf(plan.class_parameter)) {
    if (plan.weight) LoadWeight();
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
  static std::vector<T> InRangeOf(const std::vector<double>& numbers) {
    std::vector<T> in_range;
    for (const double number : numbers) in_range.push_back(InRange<T>(number));
    return in_range;
  }

  static Kernel<T> SelectKernel(const LossKernels& kernels) {
    if constexpr (sizeof(T) == 4) {
      return kernels.float32;
    } else {
      return kernels.float64;
    }
  }

  bool NeedsGradient() const { return plan_.gradient || plan_.statistics; }

  // A weight that is not broadcast is read block by block; others are small.
  bool WeightIsBroadcast() const { return plan_.weight->shape != plan_.item_shape; }

  void LoadWeight() {
    if (!WeightIsBroadcast()) return;
    const auto count = static_cast<size_t>(*ElementCount(plan_.weight->shape));
    std::vector<std::byte> bytes;
    std::vector<T> buffer;
    const T* values = Load(*plan_.weight, 0, count, buffer, bytes);
    broadcast_weight_.assign(values, values + count);
  }

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
    denominators_.resize(plan_.segment_items.size() - 1);
    for (size_t s = 0; s < denominators_.size(); ++s) {
      denominators_[s] = static_cast<double>(plan_.segment_items[s + 1] - plan_.segment_items[s]);
    }
    const bool by_class = plan_.loss->family == Family::kSoftmax && !class_parameter_.empty();
    if (!plan_.target_is_index || (!plan_.ignore_index && !by_class)) return;
    std::fill(denominators_.begin(), denominators_.end(), 0.0);
    Scratch<T> scratch;
    for (const BlockRange& range : blocks_) {
      const int64_t row = range.first_item / plan_.items_per_row;
      const int64_t end = (range.first_item + range.count - 1) / plan_.items_per_row + 1;
      const int64_t* index = LoadIndex(row, end - row, scratch);
      for (int64_t i = 0; i < range.count; ++i) {
        const int64_t label = index[(range.first_item + i) / plan_.items_per_row - row];
        denominators_[range.segment] += ItemMass(label, by_class);
      }
    }
  }

  double ItemMass(int64_t label, bool by_class) const {
    if (Ignored(label)) return 0;
    if (!by_class) return 1;
    return InClasses(label) ? plan_.class_parameter[static_cast<size_t>(label)] : 0;
  }

  bool Ignored(int64_t label) const { return plan_.ignore_index && label == *plan_.ignore_index; }
  bool InClasses(int64_t label) const { return label >= 0 && label < plan_.classes; }

  // Background is no class, but a label of sigmoid losses.
  bool ValidLabel(int64_t label) const {
    if (InClasses(label) || Ignored(label)) return true;
    return plan_.loss->family == Family::kSigmoid && (label == -1 || label == plan_.classes);
  }

  const int64_t* LoadIndex(int64_t row, int64_t rows, Scratch<T>& scratch) const {
    const auto count = static_cast<size_t>(rows);
    const size_t size = SizeOf(plan_.target.data_type);
    std::byte* bytes = Scratch<T>::Grow(scratch.bytes, count * size);
    int64_t* index = Scratch<T>::Grow(scratch.index, count);
    ReadIntegers(plan_.target.data_type,
                 plan_.target.bytes.Read(static_cast<size_t>(row) * size, count * size, bytes),
                 count, index);
    return index;
  }

  void RunBlocks(const ExecuteOptions& options) {
    results_.resize(blocks_.size());
    const auto run = [&](size_t b) {
      if (cancelled_.load(std::memory_order_relaxed)) return;
      if (options.cancelled && options.cancelled()) {
        cancelled_ = true;
        return;
      }
      static thread_local Scratch<T> scratch;
      results_[b] = RunBlock(blocks_[b], scratch);
    };
    if (options.threads == nullptr || blocks_.size() < 2) {
      for (size_t b = 0; b < blocks_.size(); ++b) run(b);
      return;
    }
    options.threads->ParallelFor(blocks_.size(), run);
  }

  BlockResult RunBlock(const BlockRange& range, Scratch<T>& scratch) const {
    BlockResult result;
    Block<T> block = LoadBlock(range, scratch, result);
    block.value_scale = static_cast<double>(InRange<T>(plan_.scale));
    block.gradient_scale = static_cast<double>(InRange<T>(GradientScale(range.segment)));
    const auto elements = static_cast<size_t>(range.count * plan_.item_width);
    T* const value_out = PlaceValue(range, block, scratch);
    T* const gradient_out = PlaceGradient(range, elements, scratch);
    block.value = value_out;
    block.gradient = gradient_out;
    result.sum = plan_.scale * kernel_(plan_.parameters, block);
    if (plan_.statistics) {
      const bool any =
          std::find(scratch.ignored.begin(), scratch.ignored.end(), 1) != scratch.ignored.end();
      AddStatistics(plan_, block, any ? scratch.ignored.data() : nullptr, result.statistics);
    }
    StoreGradient(range, elements, gradient_out);
    return result;
  }

  double GradientScale(size_t segment) const {
    if (plan_.reduction != Reduction::kMean) return plan_.scale;
    const double denominator = Denominator(segment);
    return denominator == 0 ? 0 : plan_.scale / denominator;
  }

  double Denominator(size_t segment) const {
    return plan_.normalizer ? *plan_.normalizer : denominators_[segment];
  }

  Block<T> LoadBlock(const BlockRange& range, Scratch<T>& scratch, BlockResult& result) const {
    Block<T> block;
    block.count = static_cast<size_t>(range.count);
    block.width = static_cast<size_t>(plan_.item_width);
    const size_t elements = block.count * block.width;
    const int64_t first = range.first_item * plan_.item_width;
    scratch.ignored.assign(plan_.statistics ? block.count : 0, 0);
    block.prediction = Load(plan_.prediction, first, elements, scratch.prediction, scratch.bytes);
    result.non_finite_count += CountNonFinite(block.prediction, elements);
    block.weight = LoadWeight(range, scratch);
    if (block.weight && !WeightIsBroadcast()) {
      result.non_finite_count += CountNonFinite(block.weight, block.count);
    }
    if (plan_.target_is_index) {
      LoadIndexTarget(range, scratch, block, result);
    } else {
      LoadDenseTarget(first, elements, scratch, block, result);
    }
    LoadClassParameter(range, scratch, block);
    return block;
  }

  void LoadDenseTarget(int64_t first, size_t elements, Scratch<T>& scratch, Block<T>& block,
                       BlockResult& result) const {
    std::vector<std::byte>& bytes = target_bytes();
    block.target = Load(plan_.target, first, elements, scratch.target, bytes);
    result.non_finite_count += CountNonFinite(block.target, elements);
    if (plan_.loss->family == Family::kSigmoid && plan_.target.data_type == DataType::kUint8) {
      result.target_out_of_range =
          std::any_of(block.target, block.target + elements, [](T t) { return t > 1; });
    }
  }

  // Bytes of the prediction may still be in use in the other buffer.
  static std::vector<std::byte>& target_bytes() {
    static thread_local std::vector<std::byte> bytes;
    return bytes;
  }

  const T* LoadWeight(const BlockRange& range, Scratch<T>& scratch) const {
    if (!plan_.weight) return nullptr;
    static thread_local std::vector<std::byte> bytes;
    const auto count = static_cast<size_t>(range.count);
    if (!WeightIsBroadcast()) {
      return Load(*plan_.weight, range.first_item, count, scratch.weight, bytes);
    }
    T* weight = Scratch<T>::Grow(scratch.weight, count);
    for (size_t i = 0; i < count; ++i) {
      weight[i] = broadcast_weight_[BroadcastOffset(range.first_item + static_cast<int64_t>(i))];
    }
    return weight;
  }

  size_t BroadcastOffset(int64_t item) const {
    int64_t offset = 0;
    for (size_t axis = plan_.item_shape.size(); axis-- > 0;) {
      offset += item % plan_.item_shape[axis] * plan_.weight_strides[axis];
      item /= plan_.item_shape[axis];
    }
    return static_cast<size_t>(offset);
  }

  // Class indices: labels of rows, or a one-hot target for losses of independent classes. Ignored
  // rows get weight 0.
  void LoadIndexTarget(const BlockRange& range, Scratch<T>& scratch, Block<T>& block,
                       BlockResult& result) const {
    const int64_t row = range.first_item / plan_.items_per_row;
    const int64_t end = (range.first_item + range.count - 1) / plan_.items_per_row + 1;
    LoadIndex(row, end - row, scratch);
    int64_t* const index = scratch.index.data();
    const bool softmax = plan_.loss->family == Family::kSoftmax;
    T* const one_hot = softmax ? nullptr : Scratch<T>::Grow(scratch.target, block.count);
    for (size_t i = 0; i < block.count; ++i) {
      const int64_t item = range.first_item + static_cast<int64_t>(i);
      const int64_t label = index[item / plan_.items_per_row - row];
      result.target_out_of_range |= !ValidLabel(label);
      const bool excluded = Ignored(label) || !ValidLabel(label);
      if (excluded) Exclude(i, scratch, block);
      if (one_hot) one_hot[i] = item % plan_.items_per_row == label && !excluded ? T{1} : T{0};
    }
    block.target = one_hot;
    if (!softmax) return;
    for (size_t i = 0; i < block.count; ++i) {
      if (!InClasses(index[i])) index[i] = 0;
    }
    block.index = index;
  }

  void Exclude(size_t i, Scratch<T>& scratch, Block<T>& block) const {
    if (block.weight != scratch.weight.data() || block.weight == nullptr) {
      T* weight = Scratch<T>::Grow(scratch.weight, block.count);
      if (block.weight) {
        std::copy_n(block.weight, block.count, weight);
      } else {
        std::fill_n(weight, block.count, T{1});
      }
      block.weight = weight;
    }
    scratch.weight[i] = 0;
    if (plan_.statistics) scratch.ignored[i] = 1;
  }

  void LoadClassParameter(const BlockRange& range, Scratch<T>& scratch, Block<T>& block) const {
    if (class_parameter_.empty()) return;
    if (plan_.loss->family == Family::kSoftmax) {
      block.class_parameter = class_parameter_.data();
      return;
    }
    T* parameter = Scratch<T>::Grow(scratch.class_parameter, block.count);
    for (size_t i = 0; i < block.count; ++i) {
      const int64_t item = range.first_item + static_cast<int64_t>(i);
      parameter[i] = class_parameter_[static_cast<size_t>(item % plan_.classes)];
    }
    block.class_parameter = parameter;
  }

  // Values go to the loss tensor for NONE, to scratch for statistics, else nowhere.
  T* PlaceValue(const BlockRange& range, Block<T>& block, Scratch<T>& scratch) const {
    if (plan_.statistics && plan_.loss->family == Family::kSoftmax) {
      block.log_normalizer = Scratch<T>::Grow(scratch.log_normalizer, block.count);
    }
    if (plan_.reduction == Reduction::kNone)
      return static_cast<T*>(outputs_.loss) + range.first_item;
    return plan_.statistics ? Scratch<T>::Grow(scratch.value, block.count) : nullptr;
  }

  // Gradients go to the output where it holds T, else to scratch.
  T* PlaceGradient(const BlockRange& range, size_t elements, Scratch<T>& scratch) const {
    if (!NeedsGradient()) return nullptr;
    if (plan_.gradient && plan_.prediction.data_type == TypeOf<T>()) {
      return static_cast<T*>(outputs_.gradient) + range.first_item * plan_.item_width;
    }
    return Scratch<T>::Grow(scratch.gradient, elements);
  }

  void StoreGradient(const BlockRange& range, size_t elements, const T* gradient) const {
    if (!plan_.gradient || plan_.prediction.data_type == TypeOf<T>()) return;
    const size_t offset = static_cast<size_t>(range.first_item * plan_.item_width) *
                          SizeOf(plan_.prediction.data_type);
    ConvertFrom(gradient, elements, plan_.prediction.data_type,
                static_cast<std::byte*>(outputs_.gradient) + offset);
  }

  int64_t NonFiniteCount() const {
    int64_t count = CountNonFinite(broadcast_weight_.data(), broadcast_weight_.size());
    for (const BlockResult& result : results_) count += result.non_finite_count;
    return count;
  }

  // Wrong data ends the request, so that a second, slow look for its position costs nobody else.
  void ReportBadData(std::vector<Violation>& violations) const {
    const bool bad_target = std::any_of(results_.begin(), results_.end(),
                                        [](const BlockResult& r) { return r.target_out_of_range; });
    if (bad_target) ReportTarget(violations);
    if (plan_.non_finite == NonFinitePolicy::kReject && NonFiniteCount() > 0) {
      ReportNonFinite("prediction", plan_.prediction, violations);
      if (!plan_.target_is_index) ReportNonFinite("target", plan_.target, violations);
      if (plan_.weight) ReportNonFinite("weight", *plan_.weight, violations);
    }
  }

  // "[2, 3]" from a flat index.
  static std::string Position(const Shape& shape, int64_t flat) {
    std::vector<int64_t> position(shape.size());
    for (size_t axis = shape.size(); axis-- > 0;) {
      position[axis] = flat % shape[axis];
      flat /= shape[axis];
    }
    return ToString(position);
  }

  void ReportTarget(std::vector<Violation>& violations) const {
    Scratch<T> scratch;
    const int64_t count = *ElementCount(plan_.target.shape);
    const int64_t* value = LoadIndex(0, count, scratch);
    int64_t first = 0;
    while (plan_.target_is_index ? ValidLabel(value[first]) : value[first] <= 1) ++first;
    const std::string at = Position(plan_.target.shape, first);
    if (!plan_.target_is_index) {
      violations.push_back(
          {"target", Reason::kTargetOutOfRange,
           absl::StrCat("UINT8 targets must be 0 or 1, but the one at ", at, " is not")});
      return;
    }
    const bool background = plan_.loss->family == Family::kSigmoid;
    violations.push_back(
        {"target", Reason::kClassIndexOutOfRange,
         absl::StrCat("class indices must be in [0, ", plan_.classes, ")",
                      background ? ", or -1 or the number of classes for background" : "",
                      plan_.ignore_index ? ", or ignore_index" : "", ", but the one at ", at,
                      " is not")});
  }

  void ReportNonFinite(absl::string_view field, const TensorView& tensor,
                       std::vector<Violation>& violations) const {
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

  Summary Summarize() const {
    Summary summary;
    std::vector<double> sums(denominators_.size(), 0.0);
    StatisticsSums statistics;
    for (size_t b = 0; b < blocks_.size(); ++b) {
      sums[blocks_[b].segment] += results_[b].sum;
      if (plan_.statistics) Combine(results_[b].statistics, statistics);
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
      summary.segment_loss_sums = std::move(sums);
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
  const std::vector<T> class_parameter_;
  std::vector<T> broadcast_weight_;
  std::vector<BlockRange> blocks_;
  std::vector<BlockResult> results_;
  std::vector<double> denominators_;
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
