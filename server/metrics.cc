// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/metrics.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "server/status.h"

namespace detloss {
namespace {

// The values of labels.

const std::vector<std::string>& Methods() {
  static const auto& names = *new std::vector<std::string>([] {
    const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
        "detloss.v1.LossService");
    std::vector<std::string> methods;
    for (int i = 0; i < service->method_count(); ++i) methods.push_back(service->method(i)->name());
    return methods;
  }());
  return names;
}

const std::vector<std::string>& Codes() {
  static const auto& names = *new std::vector<std::string>([] {
    std::vector<std::string> codes;
    for (int i = 0; i <= static_cast<int>(absl::StatusCode::kUnauthenticated); ++i) {
      codes.push_back(CodeName(static_cast<absl::StatusCode>(i)));
    }
    return codes;
  }());
  return names;
}

const std::vector<std::string>& Reasons() {
  static const auto& names = *new std::vector<std::string>([] {
    std::vector<std::string> reasons;
    for (const Reason reason : AllReasons()) reasons.emplace_back(Name(reason));
    return reasons;
  }());
  return names;
}

const std::vector<std::string>& Losses() {
  static const auto& names = *new std::vector<std::string>([] {
    std::vector<std::string> losses;
    for (const LossInfo& loss : AllLosses()) losses.emplace_back(loss.name);
    return losses;
  }());
  return names;
}

const std::vector<std::string>& Stages() {
  static const auto& names =
      *new std::vector<std::string>(std::begin(kStageNames), std::end(kStageNames));
  return names;
}

size_t MethodIndex(const RequestRecord& record) {
  return static_cast<size_t>(std::ranges::find(Methods(), record.method) - Methods().begin());
}

size_t LossIndex(const TermRecord& term) { return IndexOf(*FindLoss(term.loss)); }

// What a request adds.

void CountRequest(const RequestRecord& record, Series& series) {
  series.Add(1, MethodIndex(record), static_cast<size_t>(record.status.raw_code()));
}

// What has no reason is a fault of ours, which is the last one.
void CountError(const RequestRecord& record, Series& series) {
  if (record.status.ok()) return;
  const auto at = std::ranges::find(Reasons(), ReasonOf(record.status));
  series.Add(1, static_cast<size_t>(at - Reasons().begin()));
}

void CountRows(const RequestRecord& record, Series& series) {
  for (const TermRecord& term : record.terms) series.Add(term.rows, LossIndex(term));
}

void CountTensorBytes(const RequestRecord& record, Series& series) {
  for (const TermRecord& term : record.terms) series.Add(term.bytes, LossIndex(term));
}

void CountNonFinite(const RequestRecord& record, Series& series) {
  series.Add(record.non_finite_count);
}

void ObserveStages(const RequestRecord& record, Series& series) {
  for (size_t stage = 0; stage < kStageCount; ++stage) {
    series.Observe(record.stage_us[stage], stage);
  }
}

constexpr Label kMethodAndCode[] = {{"method", Methods}, {"code", Codes}};
constexpr Label kReason[] = {{"reason", Reasons}};
constexpr Label kLoss[] = {{"loss", Losses}};
constexpr Label kStage[] = {{"stage", Stages}};

constexpr MetricDefinition kMetrics[] = {
    {.name = "detloss_requests_total",
     .type = MetricType::kCounter,
     .help = "requests and stream items that were answered",
     .labels = kMethodAndCode,
     .record = CountRequest},
    {.name = "detloss_errors_total",
     .type = MetricType::kCounter,
     .help = "those of them that were answered with an error",
     .labels = kReason,
     .record = CountError},
    {.name = "detloss_rows_total",
     .type = MetricType::kCounter,
     .help = "rows of terms in which no field was wrong, answered or not",
     .labels = kLoss,
     .record = CountRows},
    {.name = "detloss_tensor_bytes_total",
     .type = MetricType::kCounter,
     .help = "bytes of predictions, targets and weights of the same terms",
     .labels = kLoss,
     .record = CountTensorBytes},
    {.name = "detloss_stage_duration_seconds",
     .type = MetricType::kHistogram,
     .help = "time of a request in each stage",
     .labels = kStage,
     .record = ObserveStages},
    {.name = "detloss_requests_in_flight",
     .type = MetricType::kGauge,
     .help = "requests and stream items that are not answered yet",
     .read = [](const MetricSources& sources) -> LogFields { return sources.in_flight; }},
    {.name = "detloss_bytes_in_flight",
     .type = MetricType::kGauge,
     .help = "bytes that they hold, of `--in_flight_bytes_max`",
     .read = [](const MetricSources& sources) -> LogFields { return sources.bytes_in_flight; }},
    {.name = "detloss_queue_seconds",
     .type = MetricType::kGauge,
     .help = "how long the next of them would wait for a compute thread",
     .read = [](const MetricSources& sources) -> LogFields {
       return absl::ToDoubleSeconds(sources.queue);
     }},
    {.name = "detloss_connections",
     .type = MetricType::kGauge,
     .help = "connections that are open",
     .read = [](const MetricSources& sources) -> LogFields { return sources.connections; }},
    {.name = "detloss_connections_refused_total",
     .type = MetricType::kCounter,
     .help = "connections that were closed when they came, one beyond `--connections_max`",
     .read = [](const MetricSources& sources) -> LogFields { return sources.connections_refused; }},
    {.name = "detloss_non_finite_elements_total",
     .type = MetricType::kCounter,
     .help = "elements of computed predictions, targets and weights that were NaN or infinite",
     .record = CountNonFinite},
    {.name = "detloss_log_lines_dropped_total",
     .type = MetricType::kCounter,
     .help = "lines of the log that were dropped",
     .read = [](const MetricSources& sources) -> LogFields { return sources.log_lines_dropped; }},
};

}  // namespace

absl::Span<const MetricDefinition> AllMetrics() { return kMetrics; }

Metrics::Metrics() {
  for (const MetricDefinition& metric : kMetrics) series_.emplace_back(metric);
}

void Metrics::End(const RequestRecord& record) {
  for (size_t i = 0; i < series_.size(); ++i) {
    if (kMetrics[i].record != nullptr) kMetrics[i].record(record, series_[i]);
  }
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
}

LogFields Metrics::ToLog(MetricSources sources) const {
  sources.in_flight = in_flight();
  LogFields fields;
  for (size_t i = 0; i < series_.size(); ++i) {
    fields[std::string(kMetrics[i].name)] = series_[i].ToLog(sources);
  }
  return fields;
}

}  // namespace detloss
