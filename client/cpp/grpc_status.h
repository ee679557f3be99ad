// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_CLIENT_CPP_GRPC_STATUS_H_
#define DETLOSS_CLIENT_CPP_GRPC_STATUS_H_

#include <grpcpp/support/status.h>
#include <grpcpp/support/string_ref.h>

#include <map>

#include "absl/status/status.h"

namespace detloss::client {

// The trailing metadata of a call.
using Metadata = std::multimap<grpc::string_ref, grpc::string_ref>;

// The same code, message and details; `DecodeErrorDetails` finds the details, and in `trailing`
// the time that the server asks to wait.
absl::Status ToAbslStatus(const grpc::Status& status, const Metadata& trailing = {});

}  // namespace detloss::client

#endif  // DETLOSS_CLIENT_CPP_GRPC_STATUS_H_
