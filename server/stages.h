// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What every method does with bytes and messages, with the time that it takes.

#ifndef DETLOSS_SERVER_STAGES_H_
#define DETLOSS_SERVER_STAGES_H_

#include <google/protobuf/message.h>

#include "server/call_clock.h"
#include "server/compute.h"

namespace detloss {

// Adds the time from its construction to its end to a stage.
class StageTimer {
 public:
  StageTimer(RequestRecord& record, Stage stage) : microseconds_(record[stage]) {}
  ~StageTimer() { microseconds_ += stopwatch_.microseconds(); }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

 private:
  int64_t& microseconds_;
  const Stopwatch stopwatch_;
};

// The message of a request that says next to nothing: the stage kDecode.
absl::Status Parse(const grpc::ByteBuffer& bytes, RequestRecord& record,
                   google::protobuf::Message& message);

// The reply that `write` makes: the stage kEncode.
template <class Write>
Reply Encode(Write write, RequestRecord& record) {
  const StageTimer timer(record, Stage::kEncode);
  Reply reply = write();
  if (reply.ok()) record.bytes_out = static_cast<int64_t>(reply->buffer().Length());
  return reply;
}

// The bytes of a response: the stage kEncode.
Reply Serialize(const google::protobuf::Message& message, RequestRecord& record);

}  // namespace detloss

#endif  // DETLOSS_SERVER_STAGES_H_
