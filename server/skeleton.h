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

// Of the tensors of one term, and how many numbers came for the lists of it that are bounded.
struct TermPayloads {
  Payload prediction = {};
  Payload target = {};
  Payload weight = {};
  int64_t prediction_axes = 0;
  int64_t target_axes = 0;
  int64_t weight_axes = 0;
  int64_t segment_offsets = 0;
};

// What a byte or two on the wire make many times as much of in a message.
struct WireLimits {
  int64_t terms_max;
  int64_t rank_max;      // numbers of `Tensor.shape`
  int64_t segments_max;  // numbers of `LossTerm.segment_offsets`, less one
};

// Fields of a term, those of its messages among them, and fields outside terms. Numbers of 8 bytes
// and of lists do not count. Fields that nobody knows do: a message keeps each of them. No caller
// has a reason to send a tenth of them.
inline constexpr int64_t kFieldsMax = 256;

// A request without the elements of its tensors.
struct Skeleton {
  SmallText bytes;  // each `Tensor.data` of a term is empty; never longer
  absl::InlinedVector<TermPayloads, 1> payloads;  // of the terms, at most `terms_max`
  int64_t terms = 0;                              // all of them, as far as the bytes are a message
  bool complete = false;         // false: the bytes are no message, or have too many fields
  bool crowded_term = false;     // the last term has too many fields
  bool crowded_outside = false;  // there are too many outside terms

  bool crowded() const { return crowded_term || crowded_outside; }
};

// Takes a ComputeLossRequest apart. The payloads refer to `bytes`, which must stay alive. Terms and
// numbers of lists beyond their limit are counted and left out: a term has two bytes on the wire
// and more than a hundred as a message. Ends at more than kFieldsMax fields. Takes about twice the
// memory of what is not elements at most.
void SplitRequest(const grpc::ByteBuffer& bytes, const WireLimits& limits, Skeleton& skeleton);

// The same for a StreamComputeLossRequest.
void SplitItem(const grpc::ByteBuffer& bytes, const WireLimits& limits, Skeleton& skeleton);

}  // namespace detloss

#endif  // DETLOSS_SERVER_SKELETON_H_
