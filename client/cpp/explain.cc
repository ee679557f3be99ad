// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/explain.h"

#include <cstdint>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "detloss/client/error.h"

namespace detloss::client {
namespace {

// gRPC puts its layers before the cause: "failed to connect to all addresses; last error: UNKNOWN:
// ipv4:127.0.0.1:1: Failed to connect to remote host: Connection refused".
absl::string_view CauseOf(absl::string_view message) {
  constexpr absl::string_view kSeparator = ": ";
  const size_t last = message.rfind(kSeparator);
  return last == absl::string_view::npos ? message : message.substr(last + kSeparator.size());
}

absl::Status ExplainUnreachable(const absl::Status& status, const std::string& address) {
  // OpenSSL's words for a certificate of an authority that is not trusted, or out of its time.
  if (absl::StrContains(status.message(), "certificate verify failed")) {
    return absl::UnavailableError(
        absl::StrCat("the certificate of the server at ", address, " is not to be trusted"));
  }
  return absl::UnavailableError(
      absl::StrCat("no detloss server answers at ", address, ": ", CauseOf(status.message())));
}

// A request that gRPC refused for its size: "Received message larger than max (6400054 vs.
// 1000000)".
absl::Status ExplainSize(const absl::Status& status, const std::string& address) {
  absl::string_view sizes = status.message();
  if (!absl::ConsumePrefix(&sizes, "Received message larger than max (") ||
      !absl::ConsumeSuffix(&sizes, ")")) {
    return status;
  }
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(sizes, absl::MaxSplits(" vs. ", 1));
  uint64_t size = 0;
  uint64_t limit = 0;
  if (!absl::SimpleAtoi(parts.first, &size) || !absl::SimpleAtoi(parts.second, &limit)) {
    return status;
  }
  return absl::ResourceExhaustedError(
      absl::StrCat("the request of ", size, " bytes is larger than the server at ", address,
                   " takes, ", limit, " bytes (its flag --request_bytes_max): split it"));
}

}  // namespace

absl::Status Explain(const absl::Status& status, const std::string& address,
                     absl::Duration deadline) {
  // A detloss server gives a reason for every error.
  if (!DecodeErrorDetails(status).reason.empty()) return status;
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      return ExplainUnreachable(status, address);
    case absl::StatusCode::kDeadlineExceeded:
      return absl::DeadlineExceededError(
          absl::StrCat("no answer from ", address, " within ", absl::FormatDuration(deadline)));
    case absl::StatusCode::kUnimplemented:
      return absl::UnimplementedError(
          absl::StrCat("the server at ", address, " is not a detloss server of this version"));
    case absl::StatusCode::kResourceExhausted:
      return ExplainSize(status, address);
    default:
      return status;
  }
}

}  // namespace detloss::client
