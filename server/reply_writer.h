// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Writes replies without copying the elements of their tensors: around the buffers that kernels
// have filled comes what protobuf writes.

#ifndef DETLOSS_SERVER_REPLY_WRITER_H_
#define DETLOSS_SERVER_REPLY_WRITER_H_

#include <grpcpp/support/byte_buffer.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "detloss/v1/loss_service.pb.h"
#include "server/buffer_pool.h"

namespace detloss {

// The elements of the tensors of a TermResult whose message has none. No buffer: the message holds
// them itself, or there is no such tensor.
struct ResultBuffers {
  BufferPool::Buffer loss;
  BufferPool::Buffer gradient;
};

// A response on its way out.
struct OutgoingResponse {
  v1::ComputeLossResponse message;
  std::vector<ResultBuffers> buffers;  // one for each result
};

// The bytes of a response, which is used up. Large buffers become slices of the reply, small ones
// are copied.
//
// Errors: RESOURCE_EXHAUSTED with reason LIMIT_EXCEEDED if they are more than protobuf can carry.
absl::StatusOr<grpc::ByteBuffer> WriteResponse(OutgoingResponse& outgoing);

// The bytes of an item of a stream that holds the response.
absl::StatusOr<grpc::ByteBuffer> WriteItem(int64_t id, OutgoingResponse& outgoing);

}  // namespace detloss

#endif  // DETLOSS_SERVER_REPLY_WRITER_H_
