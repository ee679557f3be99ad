// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_HEALTH_CALL_H_
#define DETLOSS_SERVER_HEALTH_CALL_H_

#include <grpcpp/generic/async_generic_service.h>

#include <mutex>
#include <optional>

#include "server/health.h"
#include "server/transport.h"

namespace detloss {

// A call of the standard health service; any other method that no service has is refused here too.
// gRPC brings such a service, but with threads of its own that poll beside ours: every request
// would wake some of them. Deletes itself when every operation has reported.
class HealthCall final : private HealthWatcher {
 public:
  // Waits for the next call.
  static void Await(Transport& transport, grpc::ServerCompletionQueue& queue);

 private:
  HealthCall(Transport& transport, grpc::ServerCompletionQueue& queue);
  ~HealthCall();

  void OnStarted(bool ok);
  void OnRead(bool ok);
  void OnWritten(bool ok);
  void OnFinished(bool ok);
  void OnDone(bool ok);
  void OnHealthChanged(bool serving) override;

  void Check(ServingStatus status);
  void Watch(ServingStatus status);

  // Makes a change, starts what the state allows then, and deletes the call if it is over: nothing
  // but locals may be used after it, unless an operation is still open.
  template <class Change>
  void Update(Change change);

  // REQUIRES of both: mutex_ is held.
  void Advance();
  void Finish(const grpc::Status& status);

  Transport& transport_;
  grpc::ServerCompletionQueue& queue_;
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_{&context_};
  CallEvent<HealthCall> started_{*this, &HealthCall::OnStarted};
  CallEvent<HealthCall> read_{*this, &HealthCall::OnRead};
  CallEvent<HealthCall> written_{*this, &HealthCall::OnWritten};
  CallEvent<HealthCall> finished_{*this, &HealthCall::OnFinished};
  CallEvent<HealthCall> done_{*this, &HealthCall::OnDone};
  grpc::ByteBuffer request_;

  std::mutex mutex_;                      // guards what follows
  std::optional<ServingStatus> to_tell_;  // a watcher, who has not heard it yet
  bool reading_ = false;
  bool writing_ = false;
  bool finishing_ = false;
  bool finished_seen_ = false;
  bool done_seen_ = false;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_HEALTH_CALL_H_
