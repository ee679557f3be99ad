// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_REFLECTION_CALL_H_
#define DETLOSS_SERVER_REFLECTION_CALL_H_

#include <grpcpp/support/byte_buffer.h>

#include "server/duplex_call.h"

namespace detloss {

// A call of the standard reflection service: one answer for each question, one at a time. gRPC
// brings such a service, but with threads of its own, and past our door.
class ReflectionCall final : private DuplexCall {
 public:
  static void Begin(std::shared_ptr<Call> call, Admission::Ticket ticket);

 private:
  using DuplexCall::DuplexCall;

  void OnRead(bool ok) override;
  void OnRequestOverdue() override;
  void OnWritten(bool ok) override;

  // REQUIRES of both: mutex_ is held.
  void Advance() override;
  void Answer();

  grpc::ByteBuffer request_;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_REFLECTION_CALL_H_
