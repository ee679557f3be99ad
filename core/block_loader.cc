// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "core/block_loader.h"

#include <algorithm>
#include <cmath>

#include "core/load.h"

namespace detloss {
namespace {

template <class T>
int64_t NonFiniteAmong(const Unaligned<T>* x, size_t count) {
  return std::count_if(x, x + count, [](T v) { return !std::isfinite(v); });
}

bool HasBroadcastWeight(const PlanDetails& plan) {
  return plan.weight && ElementCount(plan.weight->shape) != plan.items;
}

}  // namespace

template <class T>
BlockLoader<T>::BlockLoader(const PlanDetails& plan, const Cancellation& cancellation)
    : plan_(plan), weight_is_broadcast_(HasBroadcastWeight(plan)) {
  TakeClassParameter(cancellation);
  if (weight_is_broadcast_) TakeBroadcastWeight(cancellation);
}

template <class T>
Block<T> BlockLoader<T>::LoadBlock(const BlockRange& range, Scratch<T>& scratch,
                                   BlockFindings& findings) const {
  Block<T> block;
  block.count = static_cast<size_t>(range.count);
  block.width = static_cast<size_t>(plan_.item_width);
  block.prediction = Load(plan_.prediction, range.first_item * plan_.item_width,
                          block.count * block.width, scratch.prediction, scratch.gathered);
  block.weight = LoadWeight(range, scratch);
  if (!plan_.target_is_index) {
    LoadDenseTarget(range, scratch, block, findings);
  } else if (plan_.loss->family == Family::kSoftmax) {
    LoadLabels(range, scratch, block, findings);
  } else {
    LoadOneHot(range, scratch, block, findings);
  }
  LoadClassParameter(range, scratch, block);
  return block;
}

template <class T>
int64_t BlockLoader<T>::CountNonFinite(const Block<T>& block) const {
  const size_t elements = block.count * block.width;
  int64_t count = NonFiniteAmong(block.prediction, elements);
  if (!plan_.target_is_index) count += NonFiniteAmong(block.target, elements);
  if (plan_.weight && !weight_is_broadcast_) count += NonFiniteAmong(block.weight, block.count);
  return count;
}

template <class T>
void BlockLoader<T>::TakeClassParameter(const Cancellation& cancellation) {
  const std::vector<double>& numbers = plan_.class_parameter;
  class_parameter_.reserve(numbers.size());
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (i % kBlockElements == 0 && cancellation.Ask()) return;
    class_parameter_.push_back(InRange<T>(numbers[i]));
  }
}

template <class T>
void BlockLoader<T>::TakeBroadcastWeight(const Cancellation& cancellation) {
  const auto count = static_cast<size_t>(*ElementCount(plan_.weight->shape));
  std::vector<std::byte> gathered;
  std::vector<T> buffer;
  broadcast_weight_.reserve(count);
  for (size_t i = 0; i < count; i += kBlockElements) {
    if (cancellation.Ask()) return;
    const size_t length = std::min(kBlockElements, count - i);
    const auto* part = Load(*plan_.weight, static_cast<int64_t>(i), length, buffer, gathered);
    broadcast_weight_.insert(broadcast_weight_.end(), part, part + length);
    broadcast_non_finite_count_ += NonFiniteAmong(part, length);
  }
  MergeAxes();
}

// Neighbours that are walked as one become one, so that runs along the innermost axis are long.
template <class T>
void BlockLoader<T>::MergeAxes() {
  for (size_t k = plan_.item_shape.size(); k-- > 0;) {
    const Axis axis = {plan_.item_shape[k], plan_.weight_strides[k]};
    if (axis.length == 1) continue;
    if (!axes_.empty() && axis.stride == axes_.back().stride * axes_.back().length) {
      axes_.back().length *= axis.length;
    } else {
      axes_.push_back(axis);
    }
  }
  if (axes_.empty()) axes_.push_back({1, 0});
}

template <class T>
size_t BlockLoader<T>::BroadcastOffset(int64_t item) const {
  int64_t offset = 0;
  for (const Axis& axis : axes_) {
    offset += item % axis.length * axis.stride;
    item /= axis.length;
  }
  return static_cast<size_t>(offset);
}

// Runs along the innermost axis are copies or repetitions.
template <class T>
void BlockLoader<T>::SpreadWeight(const BlockRange& range, T* weight) const {
  const Axis& inner = axes_.front();
  int64_t item = range.first_item;
  for (int64_t left = range.count; left > 0;) {
    const int64_t run = std::min(inner.length - item % inner.length, left);
    const T* from = &broadcast_weight_[BroadcastOffset(item)];
    if (inner.stride == 0) {
      std::fill_n(weight, run, *from);
    } else {
      std::copy_n(from, run, weight);
    }
    weight += run;
    item += run;
    left -= run;
  }
}

template <class T>
const Unaligned<T>* BlockLoader<T>::LoadWeight(const BlockRange& range, Scratch<T>& scratch) const {
  if (!plan_.weight) return nullptr;
  const auto count = static_cast<size_t>(range.count);
  if (!weight_is_broadcast_) {
    return Load(*plan_.weight, range.first_item, count, scratch.weight, scratch.gathered);
  }
  T* weight = Grow(scratch.weight, count);
  SpreadWeight(range, weight);
  return AsUnaligned(weight);
}

template <class T>
void BlockLoader<T>::LoadDenseTarget(const BlockRange& range, Scratch<T>& scratch, Block<T>& block,
                                     BlockFindings& findings) const {
  const int64_t first = range.first_item * plan_.item_width;
  const size_t elements = block.count * block.width;
  if (plan_.loss->family != Family::kSigmoid || plan_.target.data_type != DataType::kUint8) {
    block.target = Load(plan_.target, first, elements, scratch.target, scratch.gathered);
    return;
  }
  const std::byte* from = ReadElements(plan_.target, first, elements, scratch.gathered);
  block.target = AsUnaligned(Converted(DataType::kUint8, from, elements, scratch.target));
  // Some target is more than 1 if some bit but the last is set anywhere.
  std::byte bits{0};
  for (size_t i = 0; i < elements; ++i) bits |= from[i];
  findings.target_out_of_range |= bits > std::byte{1};
}

// Whether a row of this label counts for anything.
template <class T>
bool BlockLoader<T>::Counts(int64_t label, BlockFindings& findings) const {
  const bool valid = plan_.AcceptsLabel(label);
  findings.target_out_of_range |= !valid;
  return valid && !plan_.IgnoresLabel(label);
}

// Class indices as the labels of rows. Rows that do not count have weight 0 and some label.
template <class T>
void BlockLoader<T>::LoadLabels(const BlockRange& range, Scratch<T>& scratch, Block<T>& block,
                                BlockFindings& findings) const {
  int64_t* labels =
      LoadIntegers(plan_.target, range.first_item, range.count, scratch.index, scratch.gathered);
  for (int64_t row = 0; row < range.count; ++row) {
    if (Counts(labels[row], findings)) continue;
    Exclude(row, row + 1, scratch, block, findings);
    if (!plan_.HasClass(labels[row])) labels[row] = 0;
  }
  block.index = labels;
}

// Class indices as a target of zeros and ones. Items of rows that do not count have weight 0.
template <class T>
void BlockLoader<T>::LoadOneHot(const BlockRange& range, Scratch<T>& scratch, Block<T>& block,
                                BlockFindings& findings) const {
  const int64_t width = plan_.items_per_row;
  const int64_t first_row = range.first_item / width;
  const int64_t rows = (range.first_item + range.count - 1) / width + 1 - first_row;
  const int64_t* labels =
      LoadIntegers(plan_.target, first_row, rows, scratch.index, scratch.gathered);
  T* one_hot = Grow(scratch.target, block.count);
  std::fill_n(one_hot, block.count, T{0});
  int64_t begin = first_row * width - range.first_item;  // of the row in the block
  for (int64_t row = 0; row < rows; ++row, begin += width) {
    const int64_t label = labels[row];
    if (!Counts(label, findings)) {
      const int64_t end = std::min(begin + width, range.count);
      Exclude(std::max(begin, int64_t{0}), end, scratch, block, findings);
    } else if (const int64_t at = begin + label;
               plan_.HasClass(label) && at >= 0 && at < range.count) {
      one_hot[at] = 1;
    }
  }
  block.target = AsUnaligned(one_hot);
}

// Gives the items [begin, end) the weight 0.
template <class T>
void BlockLoader<T>::Exclude(int64_t begin, int64_t end, Scratch<T>& scratch, Block<T>& block,
                             BlockFindings& findings) const {
  if (plan_.weight && !weight_is_broadcast_) {
    findings.non_finite_count +=
        NonFiniteAmong(block.weight + begin, static_cast<size_t>(end - begin));
  }
  if (block.weight == nullptr || block.weight != AsUnaligned(scratch.weight.data())) {
    T* weight = Grow(scratch.weight, block.count);
    if (block.weight) {
      std::copy_n(block.weight, block.count, weight);
    } else {
      std::fill_n(weight, block.count, T{1});
    }
    block.weight = AsUnaligned(weight);
  }
  std::fill(scratch.weight.data() + begin, scratch.weight.data() + end, T{0});
}

template <class T>
void BlockLoader<T>::LoadClassParameter(const BlockRange& range, Scratch<T>& scratch,
                                        Block<T>& block) const {
  if (class_parameter_.empty()) return;
  block.class_parameter = class_parameter_.data();
  if (plan_.loss->family == Family::kSoftmax) return;
  T* parameter = Grow(scratch.class_parameter, block.count);
  block.class_parameter = parameter;
  int64_t begin = range.first_item % plan_.classes;
  for (int64_t left = range.count; left > 0; begin = 0) {
    const int64_t run = std::min(plan_.classes - begin, left);
    parameter = std::copy_n(class_parameter_.data() + begin, run, parameter);
    left -= run;
  }
}

template class BlockLoader<float>;
template class BlockLoader<double>;

}  // namespace detloss
