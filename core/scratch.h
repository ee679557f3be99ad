// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The buffers in which a block is made.

#ifndef DETLOSS_CORE_SCRATCH_H_
#define DETLOSS_CORE_SCRATCH_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/kernels/kernels.h"

namespace detloss {

// Those of one block at a time. They grow to the largest block and stay.
template <class T>
struct Scratch {
  std::vector<std::byte> gathered;  // from fragments; free again when a Load has returned
  std::vector<T> prediction, target, weight, class_parameter, value, class_value, gradient;
  std::vector<int64_t> index;
  std::vector<LogNormalizer> log_normalizer;
};

// Those of a few threads, as long as this lives. Thread-safe.
template <class T>
class ScratchPool {
 public:
  std::unique_ptr<Scratch<T>> Take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (free_.empty()) return std::make_unique<Scratch<T>>();
    std::unique_ptr<Scratch<T>> scratch = std::move(free_.back());
    free_.pop_back();
    return scratch;
  }

  void GiveBack(std::unique_ptr<Scratch<T>> scratch) {
    const std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(std::move(scratch));
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Scratch<T>>> free_;
};

}  // namespace detloss

#endif  // DETLOSS_CORE_SCRATCH_H_
