// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/health_call.h"

#include <utility>

#include "server/standard_message.h"
#include "server/transport.h"

namespace detloss {
namespace {

ReplyBytes BytesOf(ServingStatus status) {
  grpc::health::v1::HealthCheckResponse response;
  response.set_status(status);
  return *SerializeMessage(response);
}

}  // namespace

void HealthCall::Begin(std::shared_ptr<Call> call, Admission::Ticket ticket, bool watch) {
  auto* health = new HealthCall(std::move(call), std::move(ticket), watch);
  health->reading_ = true;
  health->call_->ReadRequest(health->request_);
}

HealthCall::HealthCall(std::shared_ptr<Call> call, Admission::Ticket ticket, bool watch)
    : DuplexCall(std::move(call), std::move(ticket)), watch_(watch) {}

HealthCall::~HealthCall() { transport().health().Remove(*this); }

void HealthCall::OnRead(bool /*ok*/) {
  grpc::health::v1::HealthCheckRequest request;
  const absl::Status status = ParseStandardMessage(request_, request);
  request_.Clear();
  const ServingStatus serving = transport().health().StatusOf(request.service());
  if (status.ok() && watch_) return Watch(serving);
  Update([&] {
    reading_ = false;
    if (!status.ok()) return Finish(status);
    if (!finishing_) Check(serving);
  });
}

void HealthCall::OnRequestOverdue() {
  Update([this] { Finish(RequestOverdueError(transport().options().transfer_timeout)); });
}

void HealthCall::Check(ServingStatus status) {
  if (status == grpc::health::v1::HealthCheckResponse::SERVICE_UNKNOWN) {
    return Finish(absl::NotFoundError("there is no service of this name"));
  }
  finishing_ = true;
  call_->WriteAndFinish(BytesOf(status).buffer());
}

// The read counts as open until the watcher is there, so that the call is not deleted meanwhile.
void HealthCall::Watch(ServingStatus status) {
  const bool known = status != grpc::health::v1::HealthCheckResponse::SERVICE_UNKNOWN;
  if (known) transport().health().Add(*this);
  Update([&] {
    reading_ = false;
    if (!known) to_tell_ = status;
  });
}

void HealthCall::OnHealthChanged(bool serving) {
  // Never the last to report: the destructor waits for the lock of the health.
  const std::lock_guard lock(mutex_);
  to_tell_ = ServingStatusOf(serving);
  Advance();
}

void HealthCall::OnWritten(bool /*ok*/) {
  Update([this] { writing_ = false; });
}

void HealthCall::Advance() {
  if (writing_ || reading_ || finishing_) return;
  if (done_seen_) return Finish(absl::CancelledError());
  if (!to_tell_) return;
  writing_ = true;
  call_->Write(BytesOf(*to_tell_).buffer());
  to_tell_.reset();
}

}  // namespace detloss
