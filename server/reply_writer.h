// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Writes replies without copying the elements of their tensors: around the buffers that kernels
// have filled comes what protobuf writes.

#ifndef DETLOSS_SERVER_REPLY_WRITER_H_
#define DETLOSS_SERVER_REPLY_WRITER_H_

#include <google/protobuf/arena.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstdint>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "detloss/v1/loss_service.pb.h"
#include "server/buffer_pool.h"
#include "server/reply_bytes.h"

namespace detloss {

// A tensor on its way out. Its elements are in the buffer, or without one in the message.
struct OutgoingTensor {
  v1::Tensor* message = nullptr;  // null: there is no such tensor
  BufferPool::Buffer elements = {};
  size_t size = 0;  // on the wire; the writer's
};

// A result on its way out.
struct OutgoingResult {
  v1::TermResult* message = nullptr;  // without its tensors
  OutgoingTensor loss = {}, gradient = {};
  size_t size = 0;  // on the wire; the writer's
};

// A response on its way out. Its messages live in an arena.
struct OutgoingResponse {
  explicit OutgoingResponse(google::protobuf::Arena& the_arena) : arena(the_arena) {}

  OutgoingResult& AddResult() {
    return results.emplace_back(OutgoingResult{.message = New<v1::TermResult>()});
  }

  template <class Message>
  Message* New() {
    return google::protobuf::Arena::CreateMessage<Message>(&arena);
  }

  google::protobuf::Arena& arena;
  v1::ComputeLossResponse& message = *New<v1::ComputeLossResponse>();  // without its results
  absl::InlinedVector<OutgoingResult, 1> results;
};

// The bytes of a response, which is used up. Large buffers become slices of the reply, small ones
// are copied, and large messages are written into slices of their own.
//
// Errors: RESOURCE_EXHAUSTED with reason LIMIT_EXCEEDED if they are more than protobuf can carry.
absl::StatusOr<ReplyBytes> WriteResponse(OutgoingResponse& outgoing);

// The bytes of an item of a stream that holds the response.
absl::StatusOr<ReplyBytes> WriteItem(int64_t id, OutgoingResponse& outgoing);

}  // namespace detloss

#endif  // DETLOSS_SERVER_REPLY_WRITER_H_
