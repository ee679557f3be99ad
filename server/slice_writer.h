// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_SLICE_WRITER_H_
#define DETLOSS_SERVER_SLICE_WRITER_H_

#include <google/protobuf/message.h>
#include <grpcpp/support/slice.h>

#include "absl/container/inlined_vector.h"
#include "server/buffer_pool.h"
#include "server/reply_bytes.h"
#include "server/small_text.h"

namespace detloss {

// Collects the bytes of a reply. What is small becomes text; what is large has a slice of its own.
class SliceWriter {
 public:
  // The tag and the length of a field whose contents follow.
  void Head(int number, size_t size);

  // The fields of a message. REQUIRES: ByteSizeLong() was asked for since the message changed.
  void Fields(const google::protobuf::Message& message);

  // Bytes from a buffer, which are sent from where they are if they are many.
  void Elements(BufferPool::Buffer elements);

  // Everything. To be called once.
  ReplyBytes Finish();

 private:
  void Flush();

  SmallText text_;  // not in a slice yet
  absl::InlinedVector<grpc::Slice, 4> slices_;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_SLICE_WRITER_H_
