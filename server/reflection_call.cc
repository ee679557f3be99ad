// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/reflection_call.h"

#include "server/reflection.h"
#include "server/standard_message.h"
#include "server/status.h"
#include "server/transport.h"
#include "server/wire.h"

namespace detloss {

void ReflectionCall::Begin(std::shared_ptr<Call> call, Admission::Ticket ticket) {
  auto* reflection = new ReflectionCall(std::move(call), std::move(ticket));
  reflection->Update([] {});
}

void ReflectionCall::OnRead(bool ok) {
  Update([&] {
    reading_ = false;
    if (finishing_) return;
    if (!ok) return Finish(absl::OkStatus());
    Answer();
  });
}

void ReflectionCall::OnRequestOverdue() {
  Update([this] { Finish(RequestOverdueError(transport().options().transfer_timeout)); });
}

void ReflectionCall::OnWritten(bool ok) {
  Update([&] {
    writing_ = false;
    if (!ok) Finish(absl::CancelledError());
  });
}

void ReflectionCall::Answer() {
  grpc::reflection::v1::ServerReflectionRequest request;
  const absl::Status status = ParseStandardMessage(request_, request);
  request_.Clear();
  if (!status.ok()) return Finish(status);
  absl::StatusOr<ReplyBytes> reply = SerializeMessage(Reflect(request));
  if (!reply.ok()) return Finish(reply.status());
  writing_ = true;
  call_->Write(reply->buffer());
}

void ReflectionCall::Advance() {
  if (reading_ || writing_ || finishing_) return;
  if (done_seen_) return Finish(absl::CancelledError());
  reading_ = true;
  call_->ReadRequest(request_);
}

}  // namespace detloss
