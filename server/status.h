// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Errors between the core and the wire. Inside the server an error is an absl::Status whose
// payloads are google.rpc messages; this is the only place that makes, reads or converts them.

#ifndef DETLOSS_SERVER_STATUS_H_
#define DETLOSS_SERVER_STATUS_H_

#include <grpcpp/support/status.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "detloss/v1/loss_service.pb.h"
#include "detloss/violation.h"

namespace detloss {

// The error of a request with these wrong fields. REQUIRES: !violations.empty().
absl::Status ViolationError(const std::vector<Violation>& violations);

// An error that is no wrong field.
absl::Status MakeError(Reason reason, absl::string_view message);

// The error of a call that comes, or of a stream that would go on, when the server ends.
absl::Status ShuttingDownError();

// The error of a request that did not come within `limit`.
absl::Status RequestOverdueError(absl::Duration limit);

// The error of a request for which there is no room now, but may be after `retry`.
absl::Status OverloadedError(absl::string_view message, absl::Duration retry);

// After how long another attempt may succeed, where the error says so.
std::optional<absl::Duration> RetryDelayOf(const absl::Status& status);

// The stable reason; empty for OK.
std::string ReasonOf(const absl::Status& status);

// The paths of the wrong fields, separated by commas; empty if none is.
std::string FieldsOf(const absl::Status& status);

// The status of a unary call, details included.
grpc::Status ToGrpc(const absl::Status& status);

// The same for an item of a stream.
v1::Error ToProto(const absl::Status& status);

// "INVALID_ARGUMENT"
std::string CodeName(absl::StatusCode code);

}  // namespace detloss

#endif  // DETLOSS_SERVER_STATUS_H_
