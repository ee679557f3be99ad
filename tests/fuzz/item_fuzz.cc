// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The same for an item of a stream, whose reply always is a message with the id of the item.

#include "detloss/v1/loss_service.pb.h"
#include "server/compute.h"
#include "server/wire.h"
#include "tests/fuzz/fuzz.h"

namespace detloss {
namespace {

void ComputeItem(const grpc::ByteBuffer& bytes) {
  static const Environment& environment = *new Environment;
  RequestRecord record;
  const ReplyBytes reply = ComputeItemBytes(
      environment, bytes, [] { return false; }, record);
  CheckStatus(record.status);
  v1::StreamComputeLossResponse response;
  if (!ParseMessage(reply.buffer(), response).ok()) std::abort();
  if (response.has_error() == record.status.ok()) std::abort();
  v1::StreamComputeLossRequest item;
  if (ParseMessage(bytes, item).ok() && item.id() != response.id()) std::abort();
}

}  // namespace
}  // namespace detloss

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  detloss::ComputeItem(detloss::Slices(data, size));
  return 0;
}
