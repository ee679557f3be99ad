// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What can be wrong with a request, in terms that every layer and client shares.

#ifndef DETLOSS_VIOLATION_H_
#define DETLOSS_VIOLATION_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace detloss {

// The stable reason of an error. docs/errors.md says what each means; a test keeps the two equal.
enum class Reason {
  kRequired,              // a field that must be there is not
  kUnknownValue,          // an enum or name that is not known
  kParameterOutOfRange,   // a number outside its range
  kShapeMismatch,         // shapes that do not fit together
  kDataTypeUnsupported,   // a data type that this field cannot have
  kSizeMismatch,          // bytes or values that do not match the shape
  kInvalidSegments,       // segment offsets that fall, or do not span the rows
  kNotApplicable,         // fields that exclude each other
  kClassIndexOutOfRange,  // a class index outside its classes
  kTargetOutOfRange,      // a UINT8 target other than 0 and 1
  kNonFinite,             // NaN or infinity where the request rejects them
  kMalformedRequest,      // bytes that are no message of this type
  kLimitExceeded,         // larger than the server accepts
  kOutOfMemory,           // memory that the server could not get
  kOverloaded,            // no room for the request now
  kCancelled,             // the caller withdrew the request
  kDeadlineExceeded,      // the caller's deadline passed
  kShuttingDown,          // the server ends and takes no more work
  kUnauthenticated,       // a caller who does not say who they are, or not so that it is believed
  kPermissionDenied,      // a caller who may call other methods, but not this one
  kInternal,              // a fault of ours
};

// The reason in UPPER_SNAKE_CASE, as it travels.
absl::string_view Name(Reason reason);

// The status code that goes with the reason.
absl::StatusCode CodeOf(Reason reason);

// Every reason, in the order of the enum.
std::vector<Reason> AllReasons();

// One wrong field.
struct Violation {
  std::string field;  // its path from where the reader stands, as "prediction.shape"
  Reason reason;
  std::string description;  // what is required and what was got; no tensor contents
};

// The code of a request with these violations: that of the gravest. REQUIRES: !violations.empty().
absl::StatusCode CodeOf(const std::vector<Violation>& violations);

// One status for all violations: their code, and a message that names every field. REQUIRES:
// !violations.empty().
absl::Status ToStatus(const std::vector<Violation>& violations);

}  // namespace detloss

#endif  // DETLOSS_VIOLATION_H_
