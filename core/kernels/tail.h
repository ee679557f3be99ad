// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The end of a block, where fewer items than a group are left.

#ifndef DETLOSS_CORE_KERNELS_TAIL_H_
#define DETLOSS_CORE_KERNELS_TAIL_H_

#include <algorithm>
#include <cstddef>

#include "core/kernels/kernels.h"

namespace detloss {

// Fewer than kGroup items of kWidth elements as a group of their own, padded with items of zeros
// and weight 0. Kernels read `block()` and write there; StoreResults() copies what they wrote.
template <class T, size_t kWidth, size_t kGroup>
class PaddedTail {
 public:
  explicit PaddedTail(const Block<T>& tail) : tail_(tail), block_(tail) {
    block_.count = kGroup;
    block_.prediction = Pad(tail.prediction, kWidth * tail.count, prediction_);
    block_.target = Pad(tail.target, kWidth * tail.count, target_);
    block_.class_parameter = Pad(tail.class_parameter, tail.count, class_parameter_);
    if (!Pad(tail.weight, tail.count, weight_)) std::fill_n(weight_, tail.count, T{1});
    block_.weight = weight_;
    if (tail.value) block_.value = value_;
    if (tail.gradient) block_.gradient = gradient_;
  }
  PaddedTail(const PaddedTail&) = delete;
  PaddedTail& operator=(const PaddedTail&) = delete;

  const Block<T>& block() const { return block_; }

  void StoreResults() const {
    if (tail_.value) std::copy_n(value_, tail_.count, tail_.value);
    if (tail_.gradient) std::copy_n(gradient_, kWidth * tail_.count, tail_.gradient);
  }

 private:
  static const T* Pad(const T* from, size_t count, T* to) {
    if (from) std::copy_n(from, count, to);
    return from ? to : nullptr;
  }

  const Block<T>& tail_;
  Block<T> block_;
  T prediction_[kWidth * kGroup] = {}, target_[kWidth * kGroup] = {};
  T weight_[kGroup] = {}, class_parameter_[kGroup] = {};
  T value_[kGroup], gradient_[kWidth * kGroup];
};

}  // namespace detloss

#endif  // DETLOSS_CORE_KERNELS_TAIL_H_
