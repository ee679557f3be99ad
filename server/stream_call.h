// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_STREAM_CALL_H_
#define DETLOSS_SERVER_STREAM_CALL_H_

#include <deque>

#include "server/call_clock.h"
#include "server/duplex_call.h"

namespace detloss {

// One call of StreamComputeLoss. Items are read while others are computed, up to a limit, and
// answered in the order in which they finish; one write is under way at a time.
class StreamCall final : private DuplexCall {
 public:
  // Waits for the next call.
  static void Await(Transport& transport, grpc::ServerCompletionQueue& queue);

  // Has it end once the items that it has read are answered. REQUIRES: the gate is closed.
  void Drain();

 private:
  struct Answer {
    ReplyBytes reply;
    RequestRecord record;
  };

  StreamCall(Transport& transport, grpc::ServerCompletionQueue& queue);
  ~StreamCall() override;

  void Begin() override;
  void OnRead(bool ok) override;
  void OnWritten(bool ok) override;
  void OnDone(bool ok) override;

  void RunItem(const Environment& environment, const grpc::ByteBuffer& item, Stopwatch waited);

  // REQUIRES of all: mutex_ is held.
  void Advance() override;
  bool MayRead() const;
  bool MayFinish() const;
  void StartRead();
  void StartWrite();
  void StartFinish();
  void DropAnswers();

  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer> stream_{&context_};
  CallClock clock_;
  bool entered_ = false;       // through the gate
  grpc::ByteBuffer incoming_;  // of the read under way
  Answer sending_;             // of the write under way

  // Under mutex_:
  std::deque<Answer> answers_;
  int items_ = 0;             // read, and their answers not sent
  bool half_closed_ = false;  // no item will come any more
  bool broken_ = false;       // no reply can be sent any more
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_STREAM_CALL_H_
