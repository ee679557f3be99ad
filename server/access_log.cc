// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/access_log.h"

#include <algorithm>
#include <new>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/inlined_vector.h"
#include "server/status.h"

namespace detloss {
namespace {

// Terms of a request that are named in its line; a request may hold a thousand.
constexpr size_t kTermsMax = 8;

constexpr absl::string_view kStageKeys[] = {"queue_us", "decode_us", "plan_us", "execute_us",
                                            "encode_us"};
static_assert(std::size(kStageKeys) == kStageCount);

// Bytes of a name: clients choose them.
constexpr size_t kNameBytesMax = 64;

using Texts = absl::InlinedVector<absl::string_view, kTermsMax>;

// The losses of the first terms.
Texts LossesOf(absl::Span<const TermRecord> terms) {
  Texts losses;
  for (const TermRecord& term : terms) losses.push_back(term.loss);
  return losses;
}

// The names of the first terms; nothing if all are those of their losses.
Texts NamesOf(absl::Span<const TermRecord> terms) {
  if (absl::c_all_of(terms, [](const TermRecord& term) { return term.name.empty(); })) return {};
  Texts names;
  for (const TermRecord& term : terms) {
    const absl::string_view name = term.name.empty() ? term.loss : term.name;
    names.push_back(name.substr(0, kNameBytesMax));
  }
  return names;
}

void AddTerms(const RequestRecord& record, LogLine& line) {
  const auto first =
      absl::MakeConstSpan(record.terms).first(std::min(record.terms.size(), kTermsMax));
  int64_t rows = 0, elements = 0;
  for (const TermRecord& term : record.terms) {
    rows += term.rows;
    elements += term.elements;
  }
  line.Add("losses", LossesOf(first));
  if (const Texts names = NamesOf(first); !names.empty()) line.Add("names", names);
  line.Add("rows", rows);
  line.Add("elements", elements);
}

LogLevel LevelOf(absl::StatusCode code) {
  if (code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnknown) {
    return LogLevel::kError;
  }
  return code == absl::StatusCode::kResourceExhausted ? LogLevel::kWarn : LogLevel::kInfo;
}

void Fill(const RequestRecord& record, LogLine& line) {
  line.Add("method", record.method);
  if (!record.caller.empty()) line.Add("caller", record.caller);
  line.Add("code", CodeName(record.status.code()));
  AddTerms(record, line);
  line.Add("bytes_in", record.bytes_in);
  line.Add("bytes_out", record.bytes_out);
  for (size_t stage = 0; stage < kStageCount; ++stage) {
    line.Add(kStageKeys[stage], record.stage_us[stage]);
  }
  if (record.non_finite_count > 0) line.Add("non_finite", record.non_finite_count);
  if (record.status.ok()) return;
  line.Add("reason", ReasonOf(record.status));
  line.Add("fields", FieldsOf(record.status));
}

}  // namespace

void LogRequest(const RequestRecord& record, Log& log) try {
  const LogLevel level = LevelOf(record.status.code());
  std::optional<LogLine> line = log.Begin(level, "request");
  if (!line) return;
  Fill(record, *line);
  log.Write(*std::move(line), level);
} catch (const std::bad_alloc&) {
  log.Drop();
}

}  // namespace detloss
