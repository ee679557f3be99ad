// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/histogram.h"

#include <algorithm>
#include <cmath>

namespace detloss {
namespace {

constexpr double kBucketsPerDoubling = 4;

}  // namespace

void Histogram::Record(int64_t microseconds) {
  const double position =
      kBucketsPerDoubling * std::log2(static_cast<double>(std::max<int64_t>(microseconds, 1)));
  const size_t bucket = std::min(kBuckets - 1, static_cast<size_t>(std::ceil(position)));
  buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
  int64_t max = max_.load(std::memory_order_relaxed);
  while (microseconds > max && !max_.compare_exchange_weak(max, microseconds)) {
  }
}

int64_t Histogram::count() const {
  int64_t count = 0;
  for (const auto& bucket : buckets_) count += bucket.load(std::memory_order_relaxed);
  return count;
}

int64_t Histogram::Quantile(double q) const {
  const auto rank = static_cast<int64_t>(std::ceil(q * static_cast<double>(count())));
  int64_t seen = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    seen += buckets_[i].load(std::memory_order_relaxed);
    if (seen < rank || seen == 0) continue;
    const double end = std::exp2(static_cast<double>(i) / kBucketsPerDoubling);
    return std::min(max(), static_cast<int64_t>(std::llround(end)));
  }
  return 0;
}

}  // namespace detloss
