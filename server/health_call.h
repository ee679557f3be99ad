// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_HEALTH_CALL_H_
#define DETLOSS_SERVER_HEALTH_CALL_H_

#include <grpcpp/generic/async_generic_service.h>

#include <optional>

#include "server/duplex_call.h"
#include "server/health.h"

namespace detloss {

// A call of the standard health service; any other method that no service has is refused here too.
// gRPC brings such a service, but with threads of its own that poll beside ours: every request
// would wake some of them.
class HealthCall final : private DuplexCall, private HealthWatcher {
 public:
  // Waits for the next call.
  static void Await(Transport& transport, grpc::ServerCompletionQueue& queue);

 private:
  HealthCall(Transport& transport, grpc::ServerCompletionQueue& queue);
  ~HealthCall() override;

  void Begin() override;
  void OnRead(bool ok) override;
  void OnWritten(bool ok) override;
  void OnHealthChanged(bool serving) override;

  void Check(ServingStatus status);
  void Watch(ServingStatus status);

  // REQUIRES of both: mutex_ is held.
  void Advance() override;
  void Finish(const grpc::Status& status);

  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_{&context_};
  grpc::ByteBuffer request_;
  std::optional<ServingStatus> to_tell_;  // a watcher, who has not heard it yet; under mutex_
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_HEALTH_CALL_H_
