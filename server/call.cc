// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/call.h"

#include "absl/strings/str_cat.h"
#include "server/door.h"
#include "server/status.h"
#include "server/transport.h"

namespace detloss {
namespace {

// Tells the retries of gRPC itself what `google.rpc.RetryInfo` tells those of programs.
constexpr char kPushback[] = "grpc-retry-pushback-ms";

}  // namespace

void Call::Await(Transport& transport, grpc::ServerCompletionQueue& queue) {
  const std::shared_ptr<Call> call(new Call(transport, queue));
  call->self_ = call;
  call->context_.AsyncNotifyWhenDone(call->done_.Tag());
  transport.service().RequestCall(&call->context_, &call->stream_, &queue, &queue,
                                  call->started_.Tag());
}

Call::Call(Transport& transport, grpc::ServerCompletionQueue& queue)
    : transport_(transport), queue_(queue) {
  transport_.calls().Add(*this);
}

Call::~Call() { transport_.calls().Remove(*this); }

void Call::OnStarted(bool ok) {
  std::shared_ptr<Call> self = std::move(self_);
  // The server is shutting down; of a call that never began nothing else will be heard.
  if (!ok) return;
  Await(transport_, queue_);
  clock_.Begin(context_);
  InTurn([&] {
    LetIn(std::move(self));
    if (done_seen_) TellDone();
  });
}

// Another thread may hear of the end of a call before this one has heard of its start.
void Call::OnDone(bool /*ok*/) {
  InTurn([this] {
    done_seen_ = true;
    if (handler_ != nullptr) TellDone();
  });
}

void Call::TellDone() {
  if (context_.IsCancelled()) clock_.Cancel();
  handler_->OnDone();
}

void Call::OnRead(bool ok) {
  in_.End();
  InTurn([&] { handler_->OnRead(ok); });
}

// gRPC calls it sent, too, when the connection ends in the midst of it.
void Call::OnWritten(bool ok) {
  out_.End();
  InTurn([&] { handler_->OnWritten(ok && !transport_.cut_off()); });
}

void Call::OnFinished(bool ok) {
  out_.End();
  InTurn([&] { handler_->OnFinished(ok && !transport_.cut_off()); });
}

// Who does not send may still listen; who does not take what is sent hears nothing any more.
void Call::EndOverdue(Transfer::Clock::time_point time) {
  InTurn([&] {
    if (out_.BeganBefore(time)) {
      clock_.GiveUp();
      context_.TryCancel();
    }
    if (!in_.BeganBefore(time)) return;
    in_.End();
    handler_->OnRequestOverdue();
  });
}

void Call::Begin(Transfer& transfer) {
  transfer.Begin();
  transport_.NoteTransfer();
}

void Call::ReadRequest(grpc::ByteBuffer& message) {
  Begin(in_);
  Read(message);
}

void Call::Write(const grpc::ByteBuffer& message) {
  Begin(out_);
  stream_.Write(message, written_.Tag());
}

void Call::WriteAndFinish(const grpc::ByteBuffer& message) {
  Begin(out_);
  stream_.WriteAndFinish(message, {}, grpc::Status::OK, finished_.Tag());
}

void Call::Finish(const absl::Status& status) {
  if (const auto delay = RetryDelayOf(status)) {
    context_.AddTrailingMetadata(kPushback, absl::StrCat(absl::ToInt64Milliseconds(*delay)));
  }
  Begin(out_);
  // Before the tag is made: what the call holds may go away once it is.
  const grpc::Status grpc_status = ToGrpc(status);
  stream_.Finish(grpc_status, finished_.Tag());
}

}  // namespace detloss
