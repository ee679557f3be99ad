// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/stream_call.h"

#include <utility>

#include "server/status.h"

namespace detloss {

void StreamCall::Await(Transport& transport, grpc::ServerCompletionQueue& queue) {
  auto* call = new StreamCall(transport, queue);
  call->context_.AsyncNotifyWhenDone(call->done_.Tag());
  transport.service().RequestStreamComputeLoss(&call->context_, &call->stream_, &queue, &queue,
                                               call->started_.Tag());
}

StreamCall::StreamCall(Transport& transport, grpc::ServerCompletionQueue& queue)
    : DuplexCall(transport, queue) {}

StreamCall::~StreamCall() {
  transport_.RemoveStream(*this);
  if (entered_) transport_.gate().Leave();
}

void StreamCall::Begin() {
  Await(transport_, queue_);
  clock_.Begin(context_);
  entered_ = transport_.gate().Enter();
  transport_.AddStream(*this);
  Update([this] { reading_ = false; });
}

void StreamCall::Drain() {
  const std::lock_guard lock(mutex_);
  Advance();
}

void StreamCall::OnRead(bool ok) {
  grpc::ByteBuffer item;
  bool taken = false;
  Update([&] {
    reading_ = false;
    half_closed_ |= !ok;
    // After the status nothing is answered; the status says so.
    taken = ok && !finishing_;
    if (!taken) return;
    ++items_;
    item.Swap(&incoming_);
  });
  if (!taken) return;
  transport_.metrics().Begin();
  const size_t bytes = item.Valid() ? item.Length() : 0;
  transport_.Dispatch(bytes, [this, item, waited = Stopwatch()](const Environment& environment) {
    RunItem(environment, item, waited);
  });
}

void StreamCall::RunItem(const Environment& environment, const grpc::ByteBuffer& item,
                         Stopwatch waited) {
  Answer answer;
  RequestRecord& record = answer.record;
  record.method = "StreamComputeLoss";
  record.bytes_in = static_cast<int64_t>(item.Valid() ? item.Length() : 0);
  record[Stage::kQueue] = waited.microseconds();
  if (clock_.Ended()) {
    record.status = clock_.Explain(absl::CancelledError());
    transport_.Record(record);
    Update([this] { --items_; });
    return;
  }
  answer.reply = ComputeItemBytes(
      environment, item, [this] { return clock_.Ended(); }, record);
  record.status = clock_.Explain(record.status);
  Update([&] { answers_.push_back(std::move(answer)); });
}

void StreamCall::OnWritten(bool ok) {
  if (!ok) sending_.record.status = clock_.Explain(absl::CancelledError());
  transport_.Record(sending_.record);
  Update([this, ok] {
    writing_ = false;
    --items_;
    broken_ |= !ok;
  });
}

void StreamCall::OnDone(bool ok) {
  if (context_.IsCancelled()) clock_.Cancel();
  DuplexCall::OnDone(ok);
}

void StreamCall::Advance() {
  if (broken_ && !writing_) DropAnswers();
  if (MayRead()) StartRead();
  if (!writing_ && !answers_.empty()) StartWrite();
  if (MayFinish()) StartFinish();
}

bool StreamCall::MayRead() const {
  return !reading_ && !half_closed_ && !finishing_ &&
         items_ < transport_.options().stream_items_max && !transport_.gate().closed();
}

// gRPC allows an end other than OK while a read is under way.
bool StreamCall::MayFinish() const {
  const bool idle = !finishing_ && !writing_ && items_ == 0;
  return idle && (half_closed_ || transport_.gate().closed());
}

void StreamCall::StartRead() {
  reading_ = true;
  stream_.Read(&incoming_, read_.Tag());
}

void StreamCall::StartWrite() {
  writing_ = true;
  sending_ = std::move(answers_.front());
  answers_.pop_front();
  stream_.Write(sending_.reply.buffer(), written_.Tag());
  sending_.reply.buffer().Clear();  // gRPC has a reference of its own
}

void StreamCall::StartFinish() {
  finishing_ = true;
  const grpc::Status status = half_closed_ ? grpc::Status::OK : ToGrpc(ShuttingDownError());
  stream_.Finish(status, finished_.Tag());
}

void StreamCall::DropAnswers() {
  for (Answer& answer : answers_) {
    answer.record.status = clock_.Explain(absl::CancelledError());
    transport_.Record(answer.record);
  }
  items_ -= static_cast<int>(answers_.size());
  answers_.clear();
}

}  // namespace detloss
