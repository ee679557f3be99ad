// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Every way in which a request can be wrong.

#ifndef DETLOSS_TESTS_SERVER_WRONG_REQUESTS_H_
#define DETLOSS_TESTS_SERVER_WRONG_REQUESTS_H_

#include <functional>
#include <ostream>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "detloss/v1/loss_service.pb.h"

namespace detloss {

struct WrongRequest {
  const char* name;
  // Makes a right GIoU request wrong.
  std::function<void(v1::ComputeLossRequest& request, v1::LossTerm& term)> spoil;
  // What its sender hears.
  absl::StatusCode code;
  const char* reason;
  const char* field;    // the first wrong one
  const char* message;  // a part of it

  v1::ComputeLossRequest Make() const;
};

inline std::ostream& operator<<(std::ostream& out, const WrongRequest& wrong) {
  return out << wrong.name;
}

absl::Span<const WrongRequest> WrongRequests();

}  // namespace detloss

#endif  // DETLOSS_TESTS_SERVER_WRONG_REQUESTS_H_
