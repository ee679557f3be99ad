// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The end of a block, where fewer items than a group are left.

#ifndef DETLOSS_CORE_KERNELS_TAIL_H_
#define DETLOSS_CORE_KERNELS_TAIL_H_

#include <algorithm>
#include <cstddef>

#include "core/kernels/kernels.h"

namespace detloss {

// Fewer than kGroup items of kWidth elements as a group of their own, padded with the last item of
// weight 0, which takes no other way through a kernel than the items do. Kernels read `block()` and
// write there; StoreResults() copies what they wrote.
template <class T, size_t kWidth, size_t kGroup>
class PaddedTail {
 public:
  explicit PaddedTail(const Block<T>& tail) : tail_(tail), block_(tail) {
    block_.count = kGroup;
    block_.prediction = AsUnaligned(Pad<kWidth>(tail.prediction, prediction_));
    block_.target = AsUnaligned(Pad<kWidth>(tail.target, target_));
    block_.class_parameter = Pad<1>(tail.class_parameter, class_parameter_);
    if (tail.weight) {
      std::copy_n(tail.weight, tail.count, weight_);
    } else {
      std::fill_n(weight_, tail.count, T{1});
    }
    block_.weight = AsUnaligned(weight_);
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
  // Copies items of kSize elements and repeats the last one.
  template <size_t kSize, class Element>
  const T* Pad(const Element* from, T* to) const {
    if (from == nullptr) return nullptr;
    std::copy_n(from, kSize * tail_.count, to);
    for (size_t k = kSize * tail_.count; k < kSize * kGroup; ++k) to[k] = to[k - kSize];
    return to;
  }

  const Block<T>& tail_;
  Block<T> block_;
  T prediction_[kWidth * kGroup], target_[kWidth * kGroup];
  T weight_[kGroup] = {}, class_parameter_[kGroup];
  T value_[kGroup], gradient_[kWidth * kGroup];
};

}  // namespace detloss

#endif  // DETLOSS_CORE_KERNELS_TAIL_H_
