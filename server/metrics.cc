// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/metrics.h"

#include <algorithm>
#include <cmath>

#include "server/status.h"

namespace detloss {
namespace {

constexpr double kBucketsPerDoubling = 4;

size_t MethodIndex(absl::string_view method) {
  return static_cast<size_t>(std::find(std::begin(kMethods), std::end(kMethods), method) -
                             std::begin(kMethods));
}

std::string Key(const MetricDefinition& metric) { return std::string(metric.name); }

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

Metrics::Metrics() : losses_(AllLosses().size()) {}

void Metrics::End(const RequestRecord& record) {
  const auto code = static_cast<size_t>(record.status.raw_code());
  requests_[MethodIndex(record.method)][std::min(code, kCodes - 1)].fetch_add(
      1, std::memory_order_relaxed);
  for (const TermRecord& term : record.terms) {
    const auto index = static_cast<size_t>(FindLoss(term.loss) - AllLosses().data());
    losses_[index].rows.fetch_add(term.rows, std::memory_order_relaxed);
    losses_[index].bytes.fetch_add(term.bytes, std::memory_order_relaxed);
  }
  for (size_t stage = 0; stage < kStageCount; ++stage) {
    stages_[stage].Record(record.stage_us[stage]);
  }
  non_finite_.fetch_add(record.non_finite_count, std::memory_order_relaxed);
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
}

LogFields Metrics::Snapshot() const {
  LogFields fields;
  LogFields requests = LogFields::object();
  for (size_t m = 0; m < kMethodCount; ++m) {
    for (size_t c = 0; c < kCodes; ++c) {
      const int64_t count = requests_[m][c].load(std::memory_order_relaxed);
      if (count == 0) continue;
      requests[std::string(kMethods[m])][CodeName(static_cast<absl::StatusCode>(c))] = count;
    }
  }
  fields[Key(kRequestsTotal)] = requests;
  LogFields rows = LogFields::object(), bytes = LogFields::object();
  for (size_t i = 0; i < losses_.size(); ++i) {
    const int64_t count = losses_[i].bytes.load(std::memory_order_relaxed);
    if (count == 0) continue;
    const std::string name(AllLosses()[i].name);
    rows[name] = losses_[i].rows.load(std::memory_order_relaxed);
    bytes[name] = count;
  }
  fields[Key(kRowsTotal)] = rows;
  fields[Key(kTensorBytesTotal)] = bytes;
  LogFields stages = LogFields::object();
  for (size_t s = 0; s < kStageCount; ++s) {
    const auto seconds = [](int64_t us) { return static_cast<double>(us) * 1e-6; };
    stages[std::string(kStageNames[s])] = {{"p50", seconds(stages_[s].Quantile(0.5))},
                                           {"p90", seconds(stages_[s].Quantile(0.9))},
                                           {"p99", seconds(stages_[s].Quantile(0.99))},
                                           {"max", seconds(stages_[s].max())}};
  }
  fields[Key(kStageSeconds)] = stages;
  fields[Key(kInFlight)] = in_flight();
  fields[Key(kNonFiniteTotal)] = non_finite_.load(std::memory_order_relaxed);
  return fields;
}

}  // namespace detloss
