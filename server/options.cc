// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/options.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "server/address.h"

namespace detloss {
namespace {

std::string Text(const std::string& value) { return value; }
std::string Text(int64_t value) { return absl::StrCat(value); }
std::string Text(absl::Duration value) { return absl::FormatDuration(value); }

absl::Status Wrong(absl::string_view name, absl::string_view required, absl::string_view got) {
  return absl::InvalidArgumentError(absl::StrCat("--", name, ": ", required, ", got ", got));
}

absl::Status CheckChoice(absl::string_view name, absl::string_view value,
                         absl::Span<const absl::string_view> choices) {
  for (const absl::string_view choice : choices) {
    if (value == choice) return absl::OkStatus();
  }
  return Wrong(name, absl::StrCat("must be one of ", absl::StrJoin(choices, ", ")), value);
}

absl::Status CheckLeast(absl::string_view name, int64_t value, int64_t least) {
  if (value >= least) return absl::OkStatus();
  return Wrong(name, absl::StrCat("must be at least ", least), absl::StrCat(value));
}

absl::Status CheckNotNegative(absl::string_view name, absl::Duration value) {
  if (value >= absl::ZeroDuration()) return absl::OkStatus();
  return Wrong(name, "must be at least 0", absl::FormatDuration(value));
}

}  // namespace

absl::Status ServerOptions::Validate() const {
  // A message of protobuf ends at 2 GiB.
  constexpr int64_t kRequestBytesLimit = int64_t{1} << 31;
  absl::Status status;
  status.Update(CheckChoice("log_format", log_format, {"json", "text"}));
  status.Update(CheckChoice("log_level", log_level, {"debug", "info", "warn", "error"}));
  status.Update(CheckLeast("compute_threads", compute_threads, 0));
  status.Update(CheckLeast("inline_bytes_max", inline_bytes_max, 0));
  status.Update(CheckLeast("request_bytes_max", request_bytes_max, 1));
  if (request_bytes_max >= kRequestBytesLimit) {
    status.Update(Wrong("request_bytes_max", "must be less than 2147483648",
                        absl::StrCat(request_bytes_max)));
  }
  status.Update(CheckLeast("terms_max", terms_max, 1));
  status.Update(CheckLeast("rank_max", rank_max, 1));
  status.Update(CheckLeast("elements_max", elements_max, 1));
  status.Update(CheckLeast("classes_max", classes_max, 1));
  status.Update(CheckLeast("stream_items_max", stream_items_max, 1));
  status.Update(CheckNotNegative("metrics_log_interval", metrics_log_interval));
  status.Update(CheckNotNegative("drain_timeout", drain_timeout));
  for (const std::string& address : SplitAddresses(listen)) status.Update(CheckAddress(address));
  return status;
}

std::vector<std::pair<std::string, std::string>> ServerOptions::ToText() const {
  return {
#define OPTION(type, name, value, help) {#name, Text(name)},
#include "server/options.inc"
#undef OPTION
  };
}

}  // namespace detloss
