// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/stream_call.h"

#include <utility>

namespace detloss {

void StreamCall::Await(Transport& transport, grpc::ServerCompletionQueue& queue) {
  auto* call = new StreamCall(transport, queue);
  call->context_.AsyncNotifyWhenDone(static_cast<Event*>(&call->done_));
  transport.service().RequestStreamComputeLoss(&call->context_, &call->stream_, &queue, &queue,
                                               static_cast<Event*>(&call->started_));
}

StreamCall::StreamCall(Transport& transport, grpc::ServerCompletionQueue& queue)
    : transport_(transport), queue_(queue) {
  transport_.AddCall();
}

StreamCall::~StreamCall() { transport_.RemoveCall(); }

void StreamCall::OnStarted(bool ok) {
  if (!ok) {
    delete this;
    return;
  }
  Await(transport_, queue_);
  clock_.Begin(context_);
  mutex_.Lock();
  Advance();
}

void StreamCall::OnRead(bool ok) {
  mutex_.Lock();
  reading_ = false;
  if (!ok) {
    half_closed_ = true;
    Advance();
    return;
  }
  ++items_;
  grpc::ByteBuffer item;
  item.Swap(&incoming_);
  Advance();  // reads the next item while this one is computed
  transport_.metrics().Begin();
  const size_t bytes = item.Valid() ? item.Length() : 0;
  transport_.Dispatch(bytes, [this, item, waited = Stopwatch()](const Environment& environment) {
    RunItem(environment, item, waited);
  });
}

void StreamCall::RunItem(const Environment& environment, const grpc::ByteBuffer& item,
                         Stopwatch waited) {
  RequestRecord record;
  record.method = "StreamComputeLoss";
  record[Stage::kQueue] = waited.microseconds();
  grpc::ByteBuffer reply = ComputeItemBytes(
      environment, item, [this] { return clock_.Ended(); }, record);
  record.status = clock_.Explain(record.status);
  transport_.Record(record);
  mutex_.Lock();
  replies_.push_back(std::move(reply));
  Advance();
}

void StreamCall::OnWritten(bool ok) {
  mutex_.Lock();
  writing_ = false;
  --items_;
  replies_.pop_front();
  broken_ |= !ok;
  Advance();
}

void StreamCall::OnFinished(bool /*ok*/) {
  mutex_.Lock();
  finished_seen_ = true;
  Advance();
}

void StreamCall::OnDone(bool /*ok*/) {
  if (context_.IsCancelled()) clock_.Cancel();
  mutex_.Lock();
  done_seen_ = true;
  Advance();
}

void StreamCall::Advance() {
  if (broken_ && !writing_) {
    items_ -= static_cast<int>(replies_.size());
    replies_.clear();
  }
  if (!reading_ && !half_closed_ && items_ < transport_.options().stream_items_max) StartRead();
  if (!writing_ && !replies_.empty()) StartWrite();
  const bool idle = half_closed_ && !reading_ && !writing_ && items_ == 0;
  if (idle && !finishing_) StartFinish();
  const bool over = finished_seen_ && done_seen_;
  mutex_.Unlock();
  if (over) delete this;
}

void StreamCall::StartRead() {
  reading_ = true;
  stream_.Read(&incoming_, static_cast<Event*>(&read_));
}

void StreamCall::StartWrite() {
  writing_ = true;
  stream_.Write(replies_.front(), static_cast<Event*>(&written_));
}

void StreamCall::StartFinish() {
  finishing_ = true;
  stream_.Finish(grpc::Status::OK, static_cast<Event*>(&finished_));
}

}  // namespace detloss
