// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Reads requests without copying the elements of their tensors.

#ifndef DETLOSS_SERVER_REQUEST_READER_H_
#define DETLOSS_SERVER_REQUEST_READER_H_

#include <grpcpp/support/byte_buffer.h>

#include <cstdint>

#include "absl/status/status.h"
#include "detloss/v1/loss_service.pb.h"
#include "server/skeleton.h"

namespace detloss {

// Reads a request. Each `Tensor.data` of its terms is empty: `skeleton.payloads` knows where in
// `bytes` the elements are.
//
// Lists that are longer than their limit are cut there: `skeleton.payloads` knows how long they
// are.
//
// Errors: RESOURCE_EXHAUSTED with reason LIMIT_EXCEEDED for more than `limits.terms_max` terms or
// kFieldsMax fields, before memory is spent on them and whatever follows; otherwise
// INVALID_ARGUMENT with reason MALFORMED_REQUEST, exactly where the generated parser finds no
// message.
absl::Status ReadRequest(const grpc::ByteBuffer& bytes, const WireLimits& limits,
                         v1::ComputeLossRequest& request, Skeleton& skeleton);

// The same for an item of a stream.
absl::Status ReadItem(const grpc::ByteBuffer& bytes, const WireLimits& limits,
                      v1::StreamComputeLossRequest& item, Skeleton& skeleton);

// The id of an item, as far as the bytes are a message: known even if the request in it is wrong,
// or there is too much of anything but fields of the item itself.
int64_t ItemIdOf(const grpc::ByteBuffer& bytes);

}  // namespace detloss

#endif  // DETLOSS_SERVER_REQUEST_READER_H_
