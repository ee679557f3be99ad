// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What a failed call tells beside its code and message.

#ifndef DETLOSS_CLIENT_ERROR_H_
#define DETLOSS_CLIENT_ERROR_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "detloss/v1/loss_service.pb.h"

namespace detloss::client {

// A wrong field of a request.
struct FieldViolation {
  // For example `terms[1].sigmoid_focal.gamma`.
  std::string field;
  // What is required and what was got.
  std::string description;
};

// The details of an error. Members are empty when the server did not send them.
struct ErrorDetails {
  // Stable, in UPPER_SNAKE_CASE, unique within `domain`.
  std::string reason;
  std::string domain;
  std::map<std::string, std::string> metadata;
  // Every wrong field of the request.
  std::vector<FieldViolation> field_violations;
  // How long to wait before another attempt; for ever when the server forbids it. Absent: the
  // server does not say that another attempt may succeed.
  std::optional<absl::Duration> retry_delay;
};

// The details that `status`, returned by a `LossClient`, carries. Empty for other statuses.
ErrorDetails DecodeErrorDetails(const absl::Status& status);

// The status of a failed item of a stream, with its details.
absl::Status ToStatus(const v1::Error& error);

}  // namespace detloss::client

#endif  // DETLOSS_CLIENT_ERROR_H_
