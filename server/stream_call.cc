// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/stream_call.h"

#include <utility>

#include "server/status.h"
#include "server/transport.h"

namespace detloss {

void StreamCall::Begin(std::shared_ptr<Call> call, Gate::Pass pass, Admission::Ticket ticket) {
  auto* stream = new StreamCall(std::move(call), std::move(pass), std::move(ticket));
  stream->transport().AddStream(*stream);
  stream->Update([] {});
}

StreamCall::StreamCall(std::shared_ptr<Call> call, Gate::Pass pass, Admission::Ticket ticket)
    : DuplexCall(std::move(call), std::move(ticket)), pass_(std::move(pass)) {}

StreamCall::~StreamCall() { transport().RemoveStream(*this); }

void StreamCall::Drain() {
  const std::lock_guard lock(mutex_);
  Advance();
}

void StreamCall::OnRead(bool ok) {
  std::shared_ptr<Item> item;
  Update([&] {
    reading_ = false;
    half_closed_ |= !ok;
    // After the status nothing is answered, which it says, and after the end nobody waits.
    if (!ok || finishing_ || done_seen_) return;
    ++items_;
    item = std::make_shared<Item>();
    item->bytes.Swap(&incoming_);
    item->size = item->bytes.Valid() ? item->bytes.Length() : 0;
    std::erase_if(waiting_, [](const std::weak_ptr<Item>& other) { return other.expired(); });
    waiting_.push_back(item);
  });
  if (item != nullptr) Start(std::move(item));
}

void StreamCall::Start(std::shared_ptr<Item> item) {
  transport().metrics().Begin();
  absl::Status status = transport().AdmitItem(item->bytes, call_->clock(), item->ticket);
  if (!status.ok()) return Fail(*item, std::move(status));
  const size_t size = item->size;
  transport().Dispatch(size, [this, item = std::move(item)](const Environment& environment) {
    RunItem(environment, *item);
  });
}

RequestRecord StreamCall::RecordOf(const Item& item) const {
  RequestRecord record;
  record.method = "StreamComputeLoss";
  record.caller = call_->caller();
  record.bytes_in = static_cast<int64_t>(item.size);
  record[Stage::kQueue] = item.waited.microseconds();
  return record;
}

void StreamCall::RunItem(const Environment& environment, Item& item) {
  Answer answer;
  answer.record = RecordOf(item);
  const CallClock& clock = call_->clock();
  const bool dropped = item.taken.exchange(true);
  if (dropped || clock.Ended()) {
    // Whoever took it is alone with what it holds.
    if (!dropped) item.ticket.Release();
    Settle(answer.record);
    return Update([this] { --items_; });
  }
  answer.reply = ComputeItemBytes(
      environment, item.bytes, [&clock] { return clock.Ended(); }, answer.record);
  answer.record.status = clock.Explain(answer.record.status);
  item.bytes.Clear();
  answer.ticket = std::move(item.ticket);
  answer.ticket.Shrink(answer.record.bytes_out);
  Update([&] { answers_.push_back(std::move(answer)); });
}

// Answers an item for which there is no room.
void StreamCall::Fail(Item& item, absl::Status status) {
  Answer answer;
  answer.record = RecordOf(item);
  answer.record.status = std::move(status);
  answer.reply = ItemErrorBytes(item.bytes, answer.record);
  item.taken = true;
  item.bytes.Clear();
  item.ticket.Release();
  Update([&] { answers_.push_back(std::move(answer)); });
}

void StreamCall::OnWritten(bool ok) {
  if (ok) {
    transport().Record(sending_.record);
  } else {
    Settle(sending_.record);
  }
  sending_.ticket.Release();
  Update([this, ok] {
    writing_ = false;
    --items_;
    broken_ |= !ok;
  });
}

// Ends an item whose answer nobody hears.
void StreamCall::Settle(RequestRecord& record) {
  record.status = call_->clock().Explain(absl::CancelledError());
  transport().Record(record);
}

void StreamCall::OnDone() {
  Update([this] {
    done_seen_ = true;
    if (call_->clock().Ended()) DropWaiting();
  });
}

void StreamCall::Advance() {
  if (broken_ && !writing_) DropAnswers();
  if (MayRead()) StartRead();
  if (!writing_ && !answers_.empty()) StartWrite();
  if (MayFinish()) Finish(half_closed_ ? absl::OkStatus() : ShuttingDownError());
}

bool StreamCall::MayRead() const {
  return !reading_ && !half_closed_ && !finishing_ &&
         items_ < call_->transport().options().stream_items_max &&
         !call_->transport().gate().closed();
}

// gRPC allows an end other than OK while a read is under way.
bool StreamCall::MayFinish() const {
  const bool idle = !finishing_ && !writing_ && items_ == 0;
  return idle && (half_closed_ || call_->transport().gate().closed());
}

void StreamCall::StartRead() {
  reading_ = true;
  call_->Read(incoming_);
}

void StreamCall::StartWrite() {
  writing_ = true;
  sending_ = std::move(answers_.front());
  answers_.pop_front();
  call_->Write(sending_.reply.buffer());
  sending_.reply.buffer().Clear();  // gRPC has a reference of its own
}

void StreamCall::DropAnswers() {
  for (Answer& answer : answers_) Settle(answer.record);
  items_ -= static_cast<int>(answers_.size());
  answers_.clear();
}

// What waits for its turn holds nothing any more.
void StreamCall::DropWaiting() {
  for (const std::weak_ptr<Item>& waiting : waiting_) {
    const std::shared_ptr<Item> item = waiting.lock();
    if (item == nullptr || item->taken.exchange(true)) continue;
    item->bytes.Clear();
    item->ticket.Release();
  }
}

}  // namespace detloss
