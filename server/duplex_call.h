// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_DUPLEX_CALL_H_
#define DETLOSS_SERVER_DUPLEX_CALL_H_

#include <grpcpp/grpcpp.h>

#include <mutex>

#include "absl/functional/function_ref.h"
#include "server/transport.h"

namespace detloss {

// A call that reads and writes at the same time: what such calls share. Deletes itself when every
// operation has reported.
class DuplexCall {
 public:
  DuplexCall(const DuplexCall&) = delete;
  DuplexCall& operator=(const DuplexCall&) = delete;

 protected:
  DuplexCall(Transport& transport, grpc::ServerCompletionQueue& queue);
  virtual ~DuplexCall();

  // A caller is there. Its last step is an Update() that ends or makes the first read.
  virtual void Begin() = 0;
  virtual void OnRead(bool ok) = 0;
  virtual void OnWritten(bool ok) = 0;
  virtual void OnDone(bool ok);

  // Starts whatever the state allows. REQUIRES: mutex_ is held.
  virtual void Advance() = 0;

  // Makes a change, advances, and deletes the call if nothing is left of it: nothing but locals may
  // be used after it, unless something is still open.
  void Update(absl::FunctionRef<void()> change);

  Transport& transport_;
  grpc::ServerCompletionQueue& queue_;
  CallEvent<DuplexCall> started_{*this, &DuplexCall::OnStarted};
  CallEvent<DuplexCall> read_{*this, &DuplexCall::OnRead};
  CallEvent<DuplexCall> written_{*this, &DuplexCall::OnWritten};
  CallEvent<DuplexCall> finished_{*this, &DuplexCall::OnFinished};
  CallEvent<DuplexCall> done_{*this, &DuplexCall::OnDone};

  std::mutex mutex_;     // guards what follows, and the state of the derived class
  bool reading_ = true;  // the start counts as a read: until Begin() is done, nothing is over
  bool writing_ = false;
  bool finishing_ = false;
  bool done_seen_ = false;

 private:
  void OnStarted(bool ok);
  void OnFinished(bool ok);

  bool finished_seen_ = false;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_DUPLEX_CALL_H_
