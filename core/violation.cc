// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "detloss/violation.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace detloss {
namespace {

struct ReasonRow {
  Reason reason;
  absl::string_view name;
  absl::StatusCode code;
};

// In the order of the enum.
constexpr ReasonRow kReasons[] = {
    {Reason::kRequired, "REQUIRED", absl::StatusCode::kInvalidArgument},
    {Reason::kUnknownValue, "UNKNOWN_VALUE", absl::StatusCode::kInvalidArgument},
    {Reason::kParameterOutOfRange, "PARAMETER_OUT_OF_RANGE", absl::StatusCode::kInvalidArgument},
    {Reason::kShapeMismatch, "SHAPE_MISMATCH", absl::StatusCode::kInvalidArgument},
    {Reason::kDataTypeUnsupported, "DATA_TYPE_UNSUPPORTED", absl::StatusCode::kInvalidArgument},
    {Reason::kSizeMismatch, "SIZE_MISMATCH", absl::StatusCode::kInvalidArgument},
    {Reason::kInvalidSegments, "INVALID_SEGMENTS", absl::StatusCode::kInvalidArgument},
    {Reason::kNotApplicable, "NOT_APPLICABLE", absl::StatusCode::kInvalidArgument},
    {Reason::kClassIndexOutOfRange, "CLASS_INDEX_OUT_OF_RANGE", absl::StatusCode::kOutOfRange},
    {Reason::kTargetOutOfRange, "TARGET_OUT_OF_RANGE", absl::StatusCode::kOutOfRange},
    {Reason::kNonFinite, "NON_FINITE", absl::StatusCode::kInvalidArgument},
    {Reason::kMalformedRequest, "MALFORMED_REQUEST", absl::StatusCode::kInvalidArgument},
    {Reason::kLimitExceeded, "LIMIT_EXCEEDED", absl::StatusCode::kResourceExhausted},
    {Reason::kOutOfMemory, "OUT_OF_MEMORY", absl::StatusCode::kResourceExhausted},
    {Reason::kOverloaded, "OVERLOADED", absl::StatusCode::kResourceExhausted},
    {Reason::kCancelled, "CANCELLED", absl::StatusCode::kCancelled},
    {Reason::kDeadlineExceeded, "DEADLINE_EXCEEDED", absl::StatusCode::kDeadlineExceeded},
    {Reason::kShuttingDown, "SHUTTING_DOWN", absl::StatusCode::kUnavailable},
    {Reason::kUnauthenticated, "UNAUTHENTICATED", absl::StatusCode::kUnauthenticated},
    {Reason::kPermissionDenied, "PERMISSION_DENIED", absl::StatusCode::kPermissionDenied},
    {Reason::kInternal, "INTERNAL", absl::StatusCode::kInternal},
};

// A request that is wrong on any server outweighs one that is too large for this server, which
// outweighs wrong data.
int Gravity(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
      return 2;
    case absl::StatusCode::kResourceExhausted:
      return 1;
    default:
      return 0;
  }
}

}  // namespace

absl::string_view Name(Reason reason) { return kReasons[static_cast<size_t>(reason)].name; }

absl::StatusCode CodeOf(Reason reason) { return kReasons[static_cast<size_t>(reason)].code; }

std::vector<Reason> AllReasons() {
  std::vector<Reason> reasons;
  for (const ReasonRow& row : kReasons) reasons.push_back(row.reason);
  return reasons;
}

absl::StatusCode CodeOf(const std::vector<Violation>& violations) {
  absl::StatusCode code = CodeOf(violations.front().reason);
  for (const Violation& violation : violations) {
    if (Gravity(CodeOf(violation.reason)) > Gravity(code)) code = CodeOf(violation.reason);
  }
  return code;
}

absl::Status ToStatus(const std::vector<Violation>& violations) {
  const auto format = [](std::string* out, const Violation& violation) {
    absl::StrAppend(out, violation.field, ": ", violation.description);
  };
  return absl::Status(CodeOf(violations), absl::StrJoin(violations, "; ", format));
}

}  // namespace detloss
