// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/access_log.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/status.h"

namespace detloss {
namespace {

// Terms of a request that are named in its line; a request may hold a thousand.
constexpr size_t kTermsMax = 8;

// Bytes of a name: clients choose them.
constexpr size_t kNameBytesMax = 64;

// The names of the first terms; nothing if all are those of their losses.
LogFields NamesOf(const RequestRecord& record) {
  LogFields names = LogFields::array();
  bool chosen = false;
  for (const TermRecord& term : record.terms) {
    if (names.size() == kTermsMax) break;
    names.push_back(term.name.substr(0, kNameBytesMax));
    chosen |= !term.name.empty() && term.name != term.loss;
  }
  return chosen ? names : LogFields();
}

LogLevel LevelOf(absl::StatusCode code) {
  if (code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnknown) {
    return LogLevel::kError;
  }
  return code == absl::StatusCode::kResourceExhausted ? LogLevel::kWarn : LogLevel::kInfo;
}

}  // namespace

void LogRequest(const RequestRecord& record, Log& log) {
  LogFields losses = LogFields::array();
  int64_t rows = 0, elements = 0;
  for (const TermRecord& term : record.terms) {
    if (losses.size() < kTermsMax) losses.push_back(std::string(term.loss));
    rows += term.rows;
    elements += term.elements;
  }
  LogFields fields = {{"method", std::string(record.method)},
                      {"code", CodeName(record.status.code())},
                      {"losses", losses},
                      {"rows", rows},
                      {"elements", elements},
                      {"bytes_in", record.bytes_in},
                      {"bytes_out", record.bytes_out}};
  if (LogFields names = NamesOf(record); !names.is_null()) fields["names"] = std::move(names);
  for (size_t stage = 0; stage < kStageCount; ++stage) {
    fields[absl::StrCat(kStageNames[stage], "_us")] = record.stage_us[stage];
  }
  if (record.non_finite_count > 0) fields["non_finite"] = record.non_finite_count;
  if (!record.status.ok()) {
    fields["reason"] = ReasonOf(record.status);
    fields["fields"] = FieldsOf(record.status);
  }
  log.Write(LevelOf(record.status.code()), "request", fields);
}

}  // namespace detloss
