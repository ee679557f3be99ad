// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The values of a metric; metrics.cc has the metrics.

#include <algorithm>

#include "server/metrics.h"

namespace detloss {
namespace {

double Seconds(int64_t microseconds) { return static_cast<double>(microseconds) / 1e6; }

LogFields ToLog(const Histogram& histogram) {
  return {{"p50", Seconds(histogram.Quantile(0.5))},
          {"p90", Seconds(histogram.Quantile(0.9))},
          {"p99", Seconds(histogram.Quantile(0.99))},
          {"max", Seconds(histogram.max())}};
}

size_t SeriesCount(const MetricDefinition& metric) {
  size_t count = 1;
  for (const Label& label : metric.labels) count *= label.values().size();
  return count;
}

}  // namespace

Series::Series(const MetricDefinition& metric)
    : metric_(metric),
      counts_(metric.type == MetricType::kHistogram ? 0 : SeriesCount(metric)),
      histograms_(metric.type == MetricType::kHistogram ? SeriesCount(metric) : 0) {}

size_t Series::Index(size_t first, size_t second) const {
  size_t index = 0;
  const size_t of_label[] = {first, second};
  for (size_t k = 0; k < metric_.labels.size(); ++k) {
    const size_t count = metric_.labels[k].values().size();
    index = index * count + std::min(of_label[k], count - 1);
  }
  return index;
}

void Series::Add(int64_t amount, size_t first, size_t second) {
  counts_[Index(first, second)].fetch_add(amount, std::memory_order_relaxed);
}

void Series::Observe(int64_t microseconds, size_t first) {
  histograms_[Index(first, 0)].Record(microseconds);
}

LogFields Series::CellToLog(size_t index) const {
  if (metric_.type == MetricType::kHistogram) return detloss::ToLog(histograms_[index]);
  return counts_[index].load(std::memory_order_relaxed);
}

LogFields Series::ToLog(const MetricSources& sources) const {
  if (metric_.read != nullptr) return metric_.read(sources);
  if (metric_.labels.empty()) return CellToLog(0);
  LogFields fields = LogFields::object();
  const size_t inner = metric_.labels.size() == 2 ? metric_.labels[1].values().size() : 1;
  for (size_t index = 0; index < std::max(counts_.size(), histograms_.size()); ++index) {
    LogFields cell = CellToLog(index);
    if (cell == 0) continue;
    LogFields& of_first = fields[metric_.labels[0].values()[index / inner]];
    (inner == 1 ? of_first : of_first[metric_.labels[1].values()[index % inner]]) = std::move(cell);
  }
  return fields;
}

}  // namespace detloss
