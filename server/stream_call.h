// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_STREAM_CALL_H_
#define DETLOSS_SERVER_STREAM_CALL_H_

#include <deque>
#include <mutex>

#include "server/call_clock.h"
#include "server/transport.h"

namespace detloss {

// One call of StreamComputeLoss. Items are read while others are computed, up to a limit, and
// answered in the order in which they finish; one write is under way at a time. Deletes itself when
// every operation has reported.
class StreamCall {
 public:
  // Waits for the next call.
  static void Await(Transport& transport, grpc::ServerCompletionQueue& queue);

  // Has it end once the items that it has read are answered. REQUIRES: the gate is closed.
  void Drain();

 private:
  struct Answer {
    grpc::ByteBuffer reply;
    RequestRecord record;
  };

  StreamCall(Transport& transport, grpc::ServerCompletionQueue& queue);
  ~StreamCall();

  void OnStarted(bool ok);
  void OnRead(bool ok);
  void OnWritten(bool ok);
  void OnFinished(bool ok);
  void OnDone(bool ok);

  void RunItem(const Environment& environment, const grpc::ByteBuffer& item, Stopwatch waited);

  // Makes a change, starts whatever the state allows then, and deletes the call if nothing is left
  // of it: nothing but locals may be used after it, unless an item or operation is still open.
  template <class Change>
  void Update(Change change);

  // REQUIRES of all: mutex_ is held.
  void Advance();
  bool MayRead() const;
  bool MayFinish() const;
  void StartRead();
  void StartWrite();
  void StartFinish();
  void DropAnswers();

  Transport& transport_;
  grpc::ServerCompletionQueue& queue_;
  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer> stream_{&context_};
  CallEvent<StreamCall> started_{*this, &StreamCall::OnStarted};
  CallEvent<StreamCall> read_{*this, &StreamCall::OnRead};
  CallEvent<StreamCall> written_{*this, &StreamCall::OnWritten};
  CallEvent<StreamCall> finished_{*this, &StreamCall::OnFinished};
  CallEvent<StreamCall> done_{*this, &StreamCall::OnDone};
  CallClock clock_;
  bool entered_ = false;       // through the gate
  grpc::ByteBuffer incoming_;  // of the read under way
  Answer sending_;             // of the write under way

  std::mutex mutex_;  // guards what follows
  std::deque<Answer> answers_;
  int items_ = 0;  // read, and their answers not sent
  bool reading_ = false;
  bool writing_ = false;
  bool half_closed_ = false;  // no item will come any more
  bool broken_ = false;       // no reply can be sent any more
  bool finishing_ = false;
  bool finished_seen_ = false;
  bool done_seen_ = false;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_STREAM_CALL_H_
