// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_HISTOGRAM_H_
#define DETLOSS_SERVER_HISTOGRAM_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace detloss {

// Microseconds in buckets that grow by a fourth root of two, so that quantiles are at most 19 %
// off. Thread-safe; recording takes no lock.
class Histogram {
 public:
  void Record(int64_t microseconds);

  int64_t count() const;
  int64_t max() const { return max_.load(std::memory_order_relaxed); }
  // The upper end of the bucket in which the quantile lies, at most the maximum; 0 if empty.
  int64_t Quantile(double q) const;

 private:
  static constexpr size_t kBuckets = 128;

  std::array<std::atomic<int64_t>, kBuckets> buckets_ = {};
  std::atomic<int64_t> max_ = 0;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_HISTOGRAM_H_
