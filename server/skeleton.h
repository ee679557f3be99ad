// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Requests as gRPC hands them over: slices of any length at any address. The elements of tensors
// stay where they are. What is left, the skeleton, is a smaller message of the same type for the
// generated parser, which so decides alone what a message is and what it means.

#ifndef DETLOSS_SERVER_SKELETON_H_
#define DETLOSS_SERVER_SKELETON_H_

#include <grpcpp/support/byte_buffer.h>

#include <cstdint>

#include "absl/container/inlined_vector.h"
#include "detloss/tensor.h"
#include "server/small_text.h"

namespace detloss {

// Where the elements of a tensor lie: the last `data` that came for it. Counts only if the parsed
// tensor has `data` at all: a later `values` takes its place.
using Payload = absl::InlinedVector<Bytes::Fragment, 2>;

// Of the tensors of one term.
struct TermPayloads {
  Payload prediction = {};
  Payload target = {};
  Payload weight = {};
};

// A request without the elements of its tensors.
struct Skeleton {
  SmallText bytes;  // each `Tensor.data` of a term is empty; never longer
  absl::InlinedVector<TermPayloads, 1> payloads;  // of the terms, at most `terms_max`
  int64_t terms = 0;                              // all of them, as far as the bytes are a message
  int64_t id = 0;         // of an item of a stream, as far as the bytes are a message
  bool complete = false;  // false: the bytes are no message
};

// Takes a ComputeLossRequest apart. The payloads refer to `bytes`, which must stay alive. Terms
// beyond `terms_max` are counted and left out: a term has two bytes on the wire and more than a
// hundred as a message. Takes about twice the memory of what is not elements at most.
void SplitRequest(const grpc::ByteBuffer& bytes, int64_t terms_max, Skeleton& skeleton);

// The same for a StreamComputeLossRequest.
void SplitItem(const grpc::ByteBuffer& bytes, int64_t terms_max, Skeleton& skeleton);

}  // namespace detloss

#endif  // DETLOSS_SERVER_SKELETON_H_
