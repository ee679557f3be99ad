// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What the server counts. Each metric is declared once, as a constant with its name and help, from
// which every output is written; recording takes no lock.

#ifndef DETLOSS_SERVER_METRICS_H_
#define DETLOSS_SERVER_METRICS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "server/compute.h"
#include "server/logging.h"

namespace detloss {

// A metric as its readers see it. Names follow Prometheus: base units, `_total` for counters.
struct MetricDefinition {
  absl::string_view name;
  absl::string_view help;
  absl::Span<const absl::string_view> labels;
};

inline constexpr absl::string_view kMethodCodeLabels[] = {"method", "code"};
inline constexpr absl::string_view kLossLabels[] = {"loss"};
inline constexpr absl::string_view kStageLabels[] = {"stage"};

inline constexpr MetricDefinition kRequestsTotal = {
    "detloss_requests_total", "Requests and stream items that were answered", kMethodCodeLabels};
inline constexpr MetricDefinition kRowsTotal = {"detloss_rows_total", "Rows that were computed",
                                                kLossLabels};
inline constexpr MetricDefinition kTensorBytesTotal = {
    "detloss_tensor_bytes_total", "Bytes of predictions, targets and weights", kLossLabels};
inline constexpr MetricDefinition kNonFiniteTotal = {
    "detloss_non_finite_elements_total", "Elements that were NaN or infinite", {}};
inline constexpr MetricDefinition kInFlight = {
    "detloss_requests_in_flight", "Requests and stream items that are not answered", {}};
inline constexpr MetricDefinition kStageSeconds = {"detloss_stage_duration_seconds",
                                                   "Time of a request in each stage", kStageLabels};
inline constexpr MetricDefinition kLogLinesDropped = {
    "detloss_log_lines_dropped_total", "Lines that came faster than they could be written", {}};

// The methods that are counted.
inline constexpr absl::string_view kMethods[] = {"ComputeLoss", "StreamComputeLoss", "ListLosses",
                                                 "GetServerInfo"};

// Microseconds in buckets that grow by a fourth root of two, so that quantiles are at most 19 %
// off.
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

// Thread-safe.
class Metrics {
 public:
  Metrics();

  void Begin() { in_flight_.fetch_add(1, std::memory_order_relaxed); }
  // Ends what Begin began.
  void End(const RequestRecord& record);

  // All metrics since the start, for the log.
  LogFields Snapshot() const;

  int64_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

 private:
  static constexpr size_t kCodes = 17;  // those of gRPC
  static constexpr size_t kMethodCount = std::size(kMethods);

  struct PerLoss {
    std::atomic<int64_t> rows = 0;
    std::atomic<int64_t> bytes = 0;
  };

  std::array<std::array<std::atomic<int64_t>, kCodes>, kMethodCount> requests_ = {};
  std::vector<PerLoss> losses_;  // in the order of the registry
  std::array<Histogram, kStageCount> stages_;
  std::atomic<int64_t> non_finite_ = 0;
  std::atomic<int64_t> in_flight_ = 0;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_METRICS_H_
