// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/stages.h"

#include "server/wire.h"

namespace detloss {

absl::Status Parse(const grpc::ByteBuffer& bytes, RequestRecord& record,
                   google::protobuf::Message& message) {
  const StageTimer timer(record, Stage::kDecode);
  return ParseSmallMessage(bytes, message);
}

Reply Serialize(const google::protobuf::Message& message, RequestRecord& record) {
  return Encode([&] { return SerializeMessage(message); }, record);
}

}  // namespace detloss
