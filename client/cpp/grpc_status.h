// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_CLIENT_CPP_GRPC_STATUS_H_
#define DETLOSS_CLIENT_CPP_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace detloss::client {

// The same code, message and details; `DecodeErrorDetails` finds the details.
absl::Status ToAbslStatus(const grpc::Status& status);

}  // namespace detloss::client

#endif  // DETLOSS_CLIENT_CPP_GRPC_STATUS_H_
