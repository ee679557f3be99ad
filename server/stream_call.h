// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_STREAM_CALL_H_
#define DETLOSS_SERVER_STREAM_CALL_H_

#include <deque>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "server/call_clock.h"
#include "server/transport.h"

namespace detloss {

// One call of StreamComputeLoss. Items are read while others are computed, up to a limit, and
// answered in the order in which they finish; one write is under way at a time. Deletes itself.
class StreamCall {
 public:
  // Waits for the next call.
  static void Await(Transport& transport, grpc::ServerCompletionQueue& queue);

 private:
  StreamCall(Transport& transport, grpc::ServerCompletionQueue& queue);
  ~StreamCall();

  void OnStarted(bool ok);
  void OnRead(bool ok);
  void OnWritten(bool ok);
  void OnFinished(bool ok);
  void OnDone(bool ok);

  void RunItem(const Environment& environment, const grpc::ByteBuffer& item, Stopwatch waited);

  // Starts whatever the state allows, and deletes the call when nothing is left of it.
  void Advance() ABSL_UNLOCK_FUNCTION(mutex_);
  void StartRead() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StartWrite() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StartFinish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

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

  absl::Mutex mutex_;
  grpc::ByteBuffer incoming_;  // of the read under way
  std::deque<grpc::ByteBuffer> replies_ ABSL_GUARDED_BY(mutex_);
  int items_ ABSL_GUARDED_BY(mutex_) = 0;  // read and not answered
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool half_closed_ ABSL_GUARDED_BY(mutex_) = false;  // no item will come any more
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;       // no reply can be sent any more
  bool finishing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_seen_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_seen_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_STREAM_CALL_H_
