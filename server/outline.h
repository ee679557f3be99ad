// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_OUTLINE_H_
#define DETLOSS_SERVER_OUTLINE_H_

#include <grpcpp/support/byte_buffer.h>

#include <cstdint>

#include "absl/container/inlined_vector.h"
#include "detloss/tensor.h"

namespace detloss {

// What a term is about.
struct TermOutline {
  size_t loss = 0;       // its index in AllLosses(); as many as there are if it has none
  int64_t elements = 0;  // of the prediction
  int64_t width = 4;     // bytes of one of them
  int64_t values = 0;    // bytes of tensors that come as `values`
  bool gradient = true;  // whether it is wanted
  bool statistics = false;
  bool unreduced = false;
};

// What a request is about: enough to say what it takes, found in a few hundred nanoseconds by
// skipping its tensors. Whether it is right is not asked.
struct RequestOutline {
  absl::InlinedVector<TermOutline, 4> terms;  // at most `terms_max`
  bool as_values = false;                     // its reply
};

// The outline of a ComputeLossRequest. Of bytes that are none, what was found up to the fault.
RequestOutline OutlineRequest(const grpc::ByteBuffer& bytes, int64_t terms_max);

// The same for a StreamComputeLossRequest.
RequestOutline OutlineItem(const grpc::ByteBuffer& bytes, int64_t terms_max);

// Bytes that a request holds besides its own until its reply is ready: tensors that are converted,
// and those of the reply.
int64_t ExtraBytes(const RequestOutline& outline);

}  // namespace detloss

#endif  // DETLOSS_SERVER_OUTLINE_H_
