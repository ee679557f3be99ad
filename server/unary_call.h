// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_UNARY_CALL_H_
#define DETLOSS_SERVER_UNARY_CALL_H_

#include <atomic>
#include <memory>

#include "absl/strings/string_view.h"
#include "server/admission.h"
#include "server/call.h"
#include "server/compute.h"
#include "server/gate.h"

namespace detloss {

// One call of a unary method: its request is read, computed and answered. Deletes itself.
class UnaryCall final : private CallHandler {
 public:
  // `pass` is its way through the gate, and `ticket` what it may hold. `method` must live forever.
  static void Begin(std::shared_ptr<Call> call, absl::string_view method, UnaryMethod run,
                    Gate::Pass pass, Admission::Ticket ticket);

 private:
  UnaryCall(std::shared_ptr<Call> call, absl::string_view method, UnaryMethod run, Gate::Pass pass,
            Admission::Ticket ticket);

  void OnRead(bool ok) override;
  void OnRequestOverdue() override;
  void OnFinished(bool ok) override;
  void OnDone() override;

  void Take(bool ok);
  void Run(const Environment& environment);
  void Send(Reply reply);  // REQUIRES: taken_, by whoever calls it
  void FinishDropped();
  void End();

  const std::shared_ptr<Call> call_;
  const Gate::Pass pass_;
  Admission::Ticket ticket_;
  const UnaryMethod run_;
  grpc::ByteBuffer request_;
  Stopwatch since_received_;
  RequestRecord record_;
  bool received_ = false;
  bool came_ = false;                // a message, not only the end of the request
  bool refused_ = false;             // since it did not come in time
  std::atomic<bool> taken_ = false;  // to be computed, or dropped since it was cancelled before
  int pending_ = 3;                  // OnRead, OnFinished and OnDone are still to come
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_UNARY_CALL_H_
