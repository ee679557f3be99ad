// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What the server counts. A metric is a row of metrics.cc: its name, type, help and labels, and
// what a request adds to it. The log, the documentation and every other output read the rows.

#ifndef DETLOSS_SERVER_METRICS_H_
#define DETLOSS_SERVER_METRICS_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "server/compute.h"
#include "server/histogram.h"
#include "server/logging.h"

namespace detloss {

// A label and the values that it can take: a metric never has more series than these make.
struct Label {
  absl::string_view name;
  const std::vector<std::string>& (*values)();
};

// What the values of a metric are.
enum class MetricType {
  kCounter,    // a number that only rises
  kGauge,      // a number that rises and falls
  kHistogram,  // durations; in seconds where they are shown
};

// Numbers that somebody else keeps, at the moment of a reading.
struct MetricSources {
  int64_t bytes_in_flight = 0;
  absl::Duration queue;
  size_t connections = 0;
  int64_t connections_refused = 0;
  int64_t log_lines_dropped = 0;
  int64_t in_flight = 0;  // known to Metrics
};

class Series;

// A metric as its readers see it. Names follow Prometheus: base units, `_total` for counters.
struct MetricDefinition {
  absl::string_view name;
  MetricType type;
  absl::string_view help;
  absl::Span<const Label> labels = {};
  // Adds an answered request; null for metrics that are read from their source.
  void (*record)(const RequestRecord& record, Series& series) = nullptr;
  LogFields (*read)(const MetricSources& sources) = nullptr;
};

// Every metric.
absl::Span<const MetricDefinition> AllMetrics();

// The values of one metric, one for each combination of its labels' values. Thread-safe; takes no
// lock.
class Series {
 public:
  explicit Series(const MetricDefinition& metric);

  // The arguments are the metric's label values, by index; one that is out of range counts for the
  // last value.
  void Add(int64_t amount, size_t first = 0, size_t second = 0);
  void Observe(int64_t microseconds, size_t first = 0);

  // A number; with labels an object by their values, in which counters of 0 are left out.
  LogFields ToLog(const MetricSources& sources) const;

 private:
  size_t Index(size_t first, size_t second) const;
  LogFields CellToLog(size_t index) const;

  const MetricDefinition& metric_;
  std::deque<std::atomic<int64_t>> counts_;
  std::deque<Histogram> histograms_;
};

// All metrics of a server. Thread-safe.
class Metrics {
 public:
  Metrics();

  void Begin() { in_flight_.fetch_add(1, std::memory_order_relaxed); }
  // Ends what Begin began.
  void End(const RequestRecord& record);

  // All metrics since the start, for the log.
  LogFields ToLog(MetricSources sources) const;

  int64_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

 private:
  std::deque<Series> series_;  // in the order of AllMetrics()
  std::atomic<int64_t> in_flight_ = 0;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_METRICS_H_
