// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What must be known of a request before it is parsed: a term without fields has two bytes on the
// wire and more than a hundred as a message.

#ifndef DETLOSS_SERVER_REQUEST_SIZE_H_
#define DETLOSS_SERVER_REQUEST_SIZE_H_

#include <grpcpp/support/byte_buffer.h>

#include <cstdint>

namespace detloss {

struct RequestSize {
  int64_t terms = 0;
  int64_t id = 0;  // of an item of a stream
};

// The size of a ComputeLossRequest, as far as the bytes are one.
RequestSize SizeOfRequest(const grpc::ByteBuffer& bytes);

// The size of a StreamComputeLossRequest.
RequestSize SizeOfItem(const grpc::ByteBuffer& bytes);

}  // namespace detloss

#endif  // DETLOSS_SERVER_REQUEST_SIZE_H_
