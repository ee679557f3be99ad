// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// From the tensors of a request to what a kernel reads: blocks of one type, in place where type and
// alignment allow.

#ifndef DETLOSS_CORE_BLOCK_LOADER_H_
#define DETLOSS_CORE_BLOCK_LOADER_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/kernels/kernels.h"
#include "core/plan.h"
#include "detloss/convert.h"

namespace detloss {

// Where a block is.
struct BlockRange {
  size_t segment;
  int64_t first_item;
  int64_t count;
};

// What was seen in the data of a block while it was loaded.
struct BlockFindings {
  int64_t non_finite_count = 0;
  bool target_out_of_range = false;
};

template <class T>
constexpr DataType TypeOf() {
  return sizeof(T) == 4 ? DataType::kFloat32 : DataType::kFloat64;
}

// Makes room for `size` elements at least; what is there stays.
template <class U>
U* Grow(std::vector<U>& buffer, size_t size) {
  if (buffer.size() < size) buffer.resize(size);
  return buffer.data();
}

// Buffers of one thread. They grow to the largest block and stay.
template <class T>
struct Scratch {
  std::vector<std::byte> bytes;  // gathered from fragments; free again when a Load has returned
  std::vector<T> prediction, target, weight, class_parameter, value, class_value, gradient;
  std::vector<int64_t> index;
  std::vector<LogNormalizer> log_normalizer;
};

// The elements [first, first + count) as T: in place where they are T already, else converted.
template <class T>
const T* Load(const TensorView& tensor, int64_t first, size_t count, std::vector<T>& buffer,
              std::vector<std::byte>& bytes) {
  const size_t size = SizeOf(tensor.data_type);
  std::byte* scratch = Grow(bytes, count * size);
  const std::byte* from =
      tensor.bytes.Read(static_cast<size_t>(first) * size, count * size, scratch);
  const bool aligned = reinterpret_cast<uintptr_t>(from) % alignof(T) == 0;
  if (tensor.data_type == TypeOf<T>() && from != scratch && aligned) {
    return reinterpret_cast<const T*>(from);
  }
  T* to = Grow(buffer, count);
  ConvertTo(tensor.data_type, from, count, to);
  return to;
}

// The integers [first, first + count).
inline int64_t* LoadIntegers(const TensorView& tensor, int64_t first, int64_t count,
                             std::vector<int64_t>& buffer, std::vector<std::byte>& bytes) {
  const auto length = static_cast<size_t>(count);
  const size_t size = SizeOf(tensor.data_type);
  std::byte* scratch = Grow(bytes, length * size);
  int64_t* to = Grow(buffer, length);
  ReadIntegers(tensor.data_type,
               tensor.bytes.Read(static_cast<size_t>(first) * size, length * size, scratch), length,
               to);
  return to;
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

// The class indices of a block, one for each of its items.
class BlockLabels {
 public:
  BlockLabels(const PlanDetails& plan, const BlockRange& range, std::vector<int64_t>& buffer,
              std::vector<std::byte>& bytes)
      : items_per_row_(plan.items_per_row),
        first_item_(range.first_item),
        first_row_(range.first_item / plan.items_per_row) {
    const int64_t end = (range.first_item + range.count - 1) / items_per_row_ + 1;
    rows_ = LoadIntegers(plan.target, first_row_, end - first_row_, buffer, bytes);
  }

  int64_t operator[](int64_t i) const {
    return rows_[(first_item_ + i) / items_per_row_ - first_row_];
  }
  int64_t* rows() const { return rows_; }

 private:
  const int64_t items_per_row_, first_item_, first_row_;
  int64_t* rows_;
};

// Loads blocks of one request. Thread-safe: a thread brings its own scratch.
template <class T>
class BlockLoader {
 public:
  explicit BlockLoader(const PlanDetails& plan) : plan_(plan) {
    for (const double number : plan.class_parameter) {
      class_parameter_.push_back(InRange<T>(number));
    }
    if (plan.weight && WeightIsBroadcast()) LoadBroadcastWeight();
  }

  // Everything that the kernel reads. Refers to the request, the loader and the scratch.
  Block<T> LoadBlock(const BlockRange& range, Scratch<T>& scratch, BlockFindings& findings) const {
    Block<T> block;
    block.count = static_cast<size_t>(range.count);
    block.width = static_cast<size_t>(plan_.item_width);
    const size_t elements = block.count * block.width;
    const int64_t first = range.first_item * plan_.item_width;
    block.prediction = Load(plan_.prediction, first, elements, scratch.prediction, scratch.bytes);
    findings.non_finite_count += CountNonFinite(block.prediction, elements);
    block.weight = LoadWeight(range, scratch);
    if (block.weight && !WeightIsBroadcast()) {
      findings.non_finite_count += CountNonFinite(block.weight, block.count);
    }
    if (plan_.target_is_index) {
      LoadIndexTarget(range, scratch, block, findings);
    } else {
      LoadDenseTarget(first, elements, scratch, block, findings);
    }
    LoadClassParameter(range, scratch, block);
    return block;
  }

  // Of a weight that is broadcast: each of its elements counts once, however often it is used.
  int64_t BroadcastNonFiniteCount() const {
    return CountNonFinite(broadcast_weight_.data(), broadcast_weight_.size());
  }

 private:
  // A weight that is not broadcast is read block by block; others are converted once.
  bool WeightIsBroadcast() const { return plan_.weight->shape != plan_.item_shape; }

  void LoadBroadcastWeight() {
    const auto count = static_cast<size_t>(*ElementCount(plan_.weight->shape));
    std::vector<std::byte> bytes;
    std::vector<T> buffer;
    const T* values = Load(*plan_.weight, 0, count, buffer, bytes);
    broadcast_weight_.assign(values, values + count);
  }

  const T* LoadWeight(const BlockRange& range, Scratch<T>& scratch) const {
    if (!plan_.weight) return nullptr;
    const auto count = static_cast<size_t>(range.count);
    if (!WeightIsBroadcast()) {
      return Load(*plan_.weight, range.first_item, count, scratch.weight, scratch.bytes);
    }
    T* weight = Grow(scratch.weight, count);
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

  void LoadDenseTarget(int64_t first, size_t elements, Scratch<T>& scratch, Block<T>& block,
                       BlockFindings& findings) const {
    block.target = Load(plan_.target, first, elements, scratch.target, scratch.bytes);
    findings.non_finite_count += CountNonFinite(block.target, elements);
    if (plan_.loss->family == Family::kSigmoid && plan_.target.data_type == DataType::kUint8) {
      findings.target_out_of_range =
          std::any_of(block.target, block.target + elements, [](T t) { return t > 1; });
    }
  }

  // Class indices: labels of rows, or a one-hot target for losses of independent classes. Ignored
  // rows get weight 0.
  void LoadIndexTarget(const BlockRange& range, Scratch<T>& scratch, Block<T>& block,
                       BlockFindings& findings) const {
    const BlockLabels labels(plan_, range, scratch.index, scratch.bytes);
    const bool softmax = plan_.loss->family == Family::kSoftmax;
    T* const one_hot = softmax ? nullptr : Grow(scratch.target, block.count);
    for (size_t i = 0; i < block.count; ++i) {
      const int64_t label = labels[static_cast<int64_t>(i)];
      const bool valid = plan_.AcceptsLabel(label);
      findings.target_out_of_range |= !valid;
      const bool excluded = plan_.IgnoresLabel(label) || !valid;
      if (excluded) Exclude(i, scratch, block);
      const int64_t item = range.first_item + static_cast<int64_t>(i);
      if (one_hot) one_hot[i] = item % plan_.items_per_row == label && !excluded ? T{1} : T{0};
    }
    block.target = one_hot;
    if (!softmax) return;
    for (size_t i = 0; i < block.count; ++i) {
      if (!plan_.HasClass(labels.rows()[i])) labels.rows()[i] = 0;
    }
    block.index = labels.rows();
  }

  void Exclude(size_t i, Scratch<T>& scratch, Block<T>& block) const {
    if (block.weight != scratch.weight.data() || block.weight == nullptr) {
      T* weight = Grow(scratch.weight, block.count);
      if (block.weight) {
        std::copy_n(block.weight, block.count, weight);
      } else {
        std::fill_n(weight, block.count, T{1});
      }
      block.weight = weight;
    }
    scratch.weight[i] = 0;
  }

  void LoadClassParameter(const BlockRange& range, Scratch<T>& scratch, Block<T>& block) const {
    if (class_parameter_.empty()) return;
    if (plan_.loss->family == Family::kSoftmax) {
      block.class_parameter = class_parameter_.data();
      return;
    }
    T* parameter = Grow(scratch.class_parameter, block.count);
    for (size_t i = 0; i < block.count; ++i) {
      const int64_t item = range.first_item + static_cast<int64_t>(i);
      parameter[i] = class_parameter_[static_cast<size_t>(item % plan_.classes)];
    }
    block.class_parameter = parameter;
  }

  const PlanDetails& plan_;
  std::vector<T> class_parameter_;
  std::vector<T> broadcast_weight_;
};

}  // namespace detloss

#endif  // DETLOSS_CORE_BLOCK_LOADER_H_
