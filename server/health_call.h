// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_HEALTH_CALL_H_
#define DETLOSS_SERVER_HEALTH_CALL_H_

#include <grpcpp/support/byte_buffer.h>

#include <optional>

#include "server/duplex_call.h"
#include "server/health.h"

namespace detloss {

// A call of the standard health service. gRPC brings such a service, but with threads of its own
// that poll beside ours: every request would wake some of them.
class HealthCall final : private DuplexCall, private HealthWatcher {
 public:
  static void BeginCheck(std::shared_ptr<Call> call, Admission::Ticket ticket) {
    Begin(std::move(call), std::move(ticket), /*watch=*/false);
  }
  static void BeginWatch(std::shared_ptr<Call> call, Admission::Ticket ticket) {
    Begin(std::move(call), std::move(ticket), /*watch=*/true);
  }

 private:
  HealthCall(std::shared_ptr<Call> call, Admission::Ticket ticket, bool watch);
  ~HealthCall() override;

  static void Begin(std::shared_ptr<Call> call, Admission::Ticket ticket, bool watch);
  void OnRead(bool ok) override;
  void OnRequestOverdue() override;
  void OnWritten(bool ok) override;
  void OnHealthChanged(bool serving) override;

  void Check(ServingStatus status);
  void Watch(ServingStatus status);

  // REQUIRES: mutex_ is held.
  void Advance() override;

  const bool watch_;
  grpc::ByteBuffer request_;
  std::optional<ServingStatus> to_tell_;  // a watcher, who has not heard it yet; under mutex_
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_HEALTH_CALL_H_
