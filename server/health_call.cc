// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/health_call.h"

#include <google/protobuf/wrappers.pb.h>

#include "absl/strings/str_cat.h"
#include "server/wire.h"

namespace detloss {
namespace {

// `grpc.health.v1.HealthCheckRequest` and `HealthCheckResponse` are these on the wire.
using Request = google::protobuf::StringValue;
using Response = google::protobuf::Int32Value;

constexpr char kCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kWatch[] = "/grpc.health.v1.Health/Watch";

// Of a method that there is not, in the error.
constexpr size_t kMethodBytesMax = 200;

// It is parsed on the polling thread. A name of a service is short.
constexpr size_t kRequestBytesMax = 4096;

grpc::ByteBuffer BytesOf(ServingStatus status) {
  Response response;
  response.set_value(static_cast<int>(status));
  return SerializeMessage(response)->buffer();
}

}  // namespace

void HealthCall::Await(Transport& transport, grpc::ServerCompletionQueue& queue) {
  auto* call = new HealthCall(transport, queue);
  call->context_.AsyncNotifyWhenDone(call->done_.Tag());
  transport.other_methods().RequestCall(&call->context_, &call->stream_, &queue, &queue,
                                        call->started_.Tag());
}

HealthCall::HealthCall(Transport& transport, grpc::ServerCompletionQueue& queue)
    : DuplexCall(transport, queue) {}

HealthCall::~HealthCall() { transport_.health().Remove(*this); }

void HealthCall::Begin() {
  Await(transport_, queue_);
  Update([this] {
    reading_ = false;
    if (context_.method() != kCheck && context_.method() != kWatch) {
      Finish({grpc::StatusCode::UNIMPLEMENTED,
              absl::StrCat("there is no method ", context_.method().substr(0, kMethodBytesMax))});
      return;
    }
    reading_ = true;
    stream_.Read(&request_, read_.Tag());
  });
}

void HealthCall::OnRead(bool ok) {
  Request request;
  const bool valid = ok && request_.Valid() && request_.Length() <= kRequestBytesMax &&
                     ParseMessage(request_, request).ok();
  request_.Clear();
  const ServingStatus status = transport_.health().StatusOf(request.value());
  if (valid && context_.method() == kWatch) return Watch(status);
  Update([&] {
    reading_ = false;
    if (!valid) return Finish({grpc::StatusCode::INVALID_ARGUMENT, "could not parse the request"});
    Check(status);
  });
}

void HealthCall::Check(ServingStatus status) {
  if (status == ServingStatus::kServiceUnknown) {
    return Finish({grpc::StatusCode::NOT_FOUND, "service name unknown"});
  }
  finishing_ = true;
  stream_.WriteAndFinish(BytesOf(status), {}, grpc::Status::OK, finished_.Tag());
}

// The read counts as open until the watcher is there, so that the call is not deleted meanwhile.
void HealthCall::Watch(ServingStatus status) {
  const bool known = status != ServingStatus::kServiceUnknown;
  if (known) transport_.health().Add(*this);
  Update([&] {
    reading_ = false;
    if (!known) to_tell_ = status;
  });
}

void HealthCall::OnHealthChanged(bool serving) {
  // Never the last to report: the destructor waits for the lock of the health.
  const std::lock_guard lock(mutex_);
  to_tell_ = serving ? ServingStatus::kServing : ServingStatus::kNotServing;
  Advance();
}

void HealthCall::OnWritten(bool /*ok*/) {
  Update([this] { writing_ = false; });
}

void HealthCall::Advance() {
  if (writing_ || reading_ || finishing_) return;
  if (done_seen_) return Finish(grpc::Status::CANCELLED);
  if (!to_tell_) return;
  writing_ = true;
  stream_.Write(BytesOf(*to_tell_), written_.Tag());
  to_tell_.reset();
}

void HealthCall::Finish(const grpc::Status& status) {
  finishing_ = true;
  stream_.Finish(status, finished_.Tag());
}

}  // namespace detloss
