// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_UNARY_CALL_H_
#define DETLOSS_SERVER_UNARY_CALL_H_

#include <atomic>

#include "absl/types/span.h"
#include "server/call_clock.h"
#include "server/transport.h"

namespace detloss {

using RawWriter = grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>;

// A unary method of the API: its name, how to wait for a call of it, and what it does.
struct UnaryRow {
  absl::string_view name;
  void (*request)(RawService&, grpc::ServerContext*, grpc::ByteBuffer*, RawWriter*,
                  grpc::ServerCompletionQueue*, void*);
  UnaryMethod run;
};

// Every unary method.
absl::Span<const UnaryRow> UnaryRows();

// One call, from waiting for it until nothing is left of it. Deletes itself.
class UnaryCall {
 public:
  // Waits for the next call of the method.
  static void Await(const UnaryRow& row, Transport& transport, grpc::ServerCompletionQueue& queue);

 private:
  UnaryCall(const UnaryRow& row, Transport& transport, grpc::ServerCompletionQueue& queue);
  ~UnaryCall();

  void OnReceived(bool ok);
  void Run(const Environment& environment);
  void Send(Reply reply);
  void OnSent(bool ok);
  void OnDone(bool ok);
  void End();

  const UnaryRow& row_;
  Transport& transport_;
  grpc::ServerCompletionQueue& queue_;
  grpc::ServerContext context_;
  grpc::ByteBuffer request_;
  RawWriter writer_{&context_};
  CallEvent<UnaryCall> received_{*this, &UnaryCall::OnReceived};
  CallEvent<UnaryCall> sent_{*this, &UnaryCall::OnSent};
  CallEvent<UnaryCall> done_{*this, &UnaryCall::OnDone};
  CallClock clock_;
  Stopwatch since_received_;
  RequestRecord record_;
  bool entered_ = false;          // through the gate
  std::atomic<int> pending_ = 2;  // OnSent and OnDone are still to come
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_UNARY_CALL_H_
