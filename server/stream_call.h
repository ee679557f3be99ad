// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_STREAM_CALL_H_
#define DETLOSS_SERVER_STREAM_CALL_H_

#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "server/admission.h"
#include "server/compute.h"
#include "server/duplex_call.h"
#include "server/gate.h"

namespace detloss {

// One call of StreamComputeLoss. Items are read while others are computed, up to a limit, and
// answered in the order in which they finish; one write is under way at a time.
class StreamCall final : private DuplexCall {
 public:
  // `pass` is its way through the gate, and `ticket` its place among the calls.
  static void Begin(std::shared_ptr<Call> call, Gate::Pass pass, Admission::Ticket ticket);

  // Has it end once the items that it has read are answered. REQUIRES: the gate is closed.
  void Drain();

 private:
  // An item that was read.
  struct Item {
    grpc::ByteBuffer bytes;
    size_t size = 0;
    Admission::Ticket ticket;
    Stopwatch waited;
    std::atomic<bool> taken = false;  // to be computed, or dropped since the call ended before
  };
  struct Answer {
    ReplyBytes reply;
    Admission::Ticket ticket;
    RequestRecord record;
  };

  StreamCall(std::shared_ptr<Call> call, Gate::Pass pass, Admission::Ticket ticket);
  ~StreamCall() override;

  void OnRead(bool ok) override;
  void OnWritten(bool ok) override;
  void OnDone() override;

  void Start(std::shared_ptr<Item> item);
  void RunItem(const Environment& environment, Item& item);
  void Fail(Item& item, absl::Status status);
  RequestRecord RecordOf(const Item& item) const;
  void Settle(RequestRecord& record);

  // REQUIRES of all: mutex_ is held.
  void Advance() override;
  bool MayRead() const;
  bool MayFinish() const;
  void StartRead();
  void StartWrite();
  void DropAnswers();
  void DropWaiting();

  const Gate::Pass pass_;
  grpc::ByteBuffer incoming_;  // of the read under way
  Answer sending_;             // of the write under way

  // Under mutex_:
  std::vector<std::weak_ptr<Item>> waiting_;  // items, some of which may be taken by now
  std::deque<Answer> answers_;
  int items_ = 0;             // read, and their answers not sent
  bool half_closed_ = false;  // no item will come any more
  bool broken_ = false;       // no reply can be sent any more
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_STREAM_CALL_H_
