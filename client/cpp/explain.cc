// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/explain.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
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

}  // namespace

absl::Status Explain(const absl::Status& status, const std::string& address,
                     absl::Duration deadline) {
  // A detloss server gives a reason for every error.
  if (!DecodeErrorDetails(status).reason.empty()) return status;
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      return absl::UnavailableError(
          absl::StrCat("no detloss server answers at ", address, ": ", CauseOf(status.message())));
    case absl::StatusCode::kDeadlineExceeded:
      return absl::DeadlineExceededError(
          absl::StrCat("no answer from ", address, " within ", absl::FormatDuration(deadline)));
    case absl::StatusCode::kUnimplemented:
      return absl::UnimplementedError(
          absl::StrCat("the server at ", address, " is not a detloss server of this version"));
    default:
      return status;
  }
}

}  // namespace detloss::client
