// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What the reader of requests makes of bytes, compared with the generated parser. For tests and
// fuzzers.

#ifndef DETLOSS_TESTS_SERVER_SAME_MESSAGE_H_
#define DETLOSS_TESTS_SERVER_SAME_MESSAGE_H_

#include <grpcpp/support/byte_buffer.h>

#include <string>

namespace detloss {

// Reads `bytes` as a ComputeLossRequest both ways, and puts the payloads back to their place.
// Returns how the results differ; nothing if they are the same.
std::string RequestDifference(const grpc::ByteBuffer& bytes);

// The same for a StreamComputeLossRequest.
std::string ItemDifference(const grpc::ByteBuffer& bytes);

}  // namespace detloss

#endif  // DETLOSS_TESTS_SERVER_SAME_MESSAGE_H_
