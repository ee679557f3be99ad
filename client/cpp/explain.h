// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_CLIENT_CPP_EXPLAIN_H_
#define DETLOSS_CLIENT_CPP_EXPLAIN_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace detloss::client {

// `status` of a call to `address`, in words for a person where it is gRPC's own: that no server
// answers, not in time, or another than detloss or one to trust, or that the request is too large.
// What the server said stays as it is.
absl::Status Explain(const absl::Status& status, const std::string& address,
                     absl::Duration deadline);

}  // namespace detloss::client

#endif  // DETLOSS_CLIENT_CPP_EXPLAIN_H_
