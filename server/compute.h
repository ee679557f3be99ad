// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The seam between transport and computation: plain functions from the bytes of a request to the
// bytes of a reply or an error. Behind it nothing knows of completion queues, before it nothing
// knows of messages.

#ifndef DETLOSS_SERVER_COMPUTE_H_
#define DETLOSS_SERVER_COMPUTE_H_

#include <grpcpp/support/byte_buffer.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <string>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "detloss/loss.h"
#include "server/buffer_pool.h"
#include "server/options.h"
#include "server/reply_bytes.h"
#include "server/skeleton.h"

namespace detloss {

// What computation needs of the server. Shared by all calls; thread-safe.
struct Environment {
  ServerOptions options;
  ThreadPool* threads = nullptr;      // null: the calling thread alone
  BufferPool buffers = BufferPool();  // for the tensors of replies

  Limits limits() const {
    return {options.rank_max, options.elements_max, options.classes_max, options.segments_max};
  }
  WireLimits wire_limits() const {
    constexpr int64_t kMax = std::numeric_limits<int64_t>::max() - 1;  // offsets are one more
    return {options.terms_max, options.rank_max, std::min(options.segments_max, kMax)};
  }
};

// The stages of a request, in their order.
enum class Stage { kQueue, kDecode, kPlan, kExecute, kEncode };
inline constexpr size_t kStageCount = 5;
inline constexpr absl::string_view kStageNames[] = {"queue", "decode", "plan", "execute", "encode"};

// What one term of a request was, for metrics and the log.
struct TermRecord {
  absl::string_view loss;
  int64_t rows = 0;
  int64_t elements = 0;
  int64_t bytes = 0;      // of prediction, target and weight
  std::string name = {};  // the caller's; empty: that of the loss
};

// What became of a request, for metrics and the log.
struct RequestRecord {
  absl::string_view method;
  std::string caller;  // empty where callers have no names
  absl::Status status;
  absl::InlinedVector<TermRecord, 1> terms;
  int64_t bytes_in = 0;
  int64_t bytes_out = 0;
  int64_t non_finite_count = 0;
  int64_t stage_us[kStageCount] = {};

  int64_t& operator[](Stage stage) { return stage_us[static_cast<size_t>(stage)]; }
};

// Whether the caller has gone or its deadline has passed. Asked from any thread.
using Cancelled = std::function<bool()>;

using Reply = absl::StatusOr<ReplyBytes>;

// A unary method: bytes of its request to bytes of its response.
using UnaryMethod = Reply (*)(const Environment&, const grpc::ByteBuffer&, const Cancelled&,
                              RequestRecord&);

// ComputeLossBytes, ListLossesBytes and so on.
#define UNARY_METHOD(name)                                                           \
  Reply name##Bytes(const Environment& environment, const grpc::ByteBuffer& request, \
                    const Cancelled& cancelled, RequestRecord& record);
#include "server/methods.inc"
#undef UNARY_METHOD

// One item of LossService.StreamComputeLoss. Never fails: an error is a reply.
ReplyBytes ComputeItemBytes(const Environment& environment, const grpc::ByteBuffer& item,
                            const Cancelled& cancelled, RequestRecord& record);

// The answer to an item that is not computed: `record.status` says why.
ReplyBytes ItemErrorBytes(const grpc::ByteBuffer& item, RequestRecord& record);

}  // namespace detloss

#endif  // DETLOSS_SERVER_COMPUTE_H_
