// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Requests of one term.

#ifndef DETLOSS_CLIENT_CPP_REQUEST_H_
#define DETLOSS_CLIENT_CPP_REQUEST_H_

#include <grpcpp/support/byte_buffer.h>

#include "absl/status/statusor.h"
#include "detloss/client/loss_client.h"

namespace detloss::client {

// The bytes of what `MakeRequest` returns, with tensors that have an owner by reference and the
// others copied once. INVALID_ARGUMENT as `MakeRequest`.
absl::StatusOr<grpc::ByteBuffer> EncodeRequest(const google::protobuf::Message& loss,
                                               const TensorRef& prediction, const TensorRef& target,
                                               const TermOptions& options);

}  // namespace detloss::client

#endif  // DETLOSS_CLIENT_CPP_REQUEST_H_
