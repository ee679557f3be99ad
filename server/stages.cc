// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/stages.h"

#include "server/wire.h"

namespace detloss {

absl::Status Parse(const grpc::ByteBuffer& bytes, RequestRecord& record,
                   google::protobuf::Message& message) {
  const StageTimer timer(record, Stage::kDecode);
  return ParseMessage(bytes, message);
}

Reply Serialize(const google::protobuf::Message& message, RequestRecord& record) {
  const StageTimer timer(record, Stage::kEncode);
  Reply reply = SerializeMessage(message);
  if (reply.ok()) record.bytes_out = static_cast<int64_t>(reply->Length());
  return reply;
}

}  // namespace detloss
