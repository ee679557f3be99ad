// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/unary_call.h"

#include <utility>

#include "server/status.h"
#include "server/transport.h"

namespace detloss {

void UnaryCall::Begin(std::shared_ptr<Call> call, absl::string_view method, UnaryMethod run,
                      Gate::Pass pass, Admission::Ticket ticket) {
  auto* unary = new UnaryCall(std::move(call), method, run, std::move(pass), std::move(ticket));
  unary->call_->ReadRequest(unary->request_);
}

UnaryCall::UnaryCall(std::shared_ptr<Call> call, absl::string_view method, UnaryMethod run,
                     Gate::Pass pass, Admission::Ticket ticket)
    : call_(std::move(call)), pass_(std::move(pass)), ticket_(std::move(ticket)), run_(run) {
  call_->SetHandler(*this);
  record_.method = method;
  record_.caller = call_->caller();
  call_->transport().metrics().Begin();
}

void UnaryCall::OnRead(bool ok) {
  if (!refused_) Take(ok);
  End();
}

void UnaryCall::OnRequestOverdue() {
  refused_ = true;
  record_.status = RequestOverdueError(call_->transport().options().transfer_timeout);
  ticket_.Release();
  call_->Finish(record_.status);
}

// A call without a message is computed, too: the method says what is wrong with it.
void UnaryCall::Take(bool ok) {
  received_ = true;
  came_ = ok;
  since_received_ = Stopwatch();
  Transport& transport = call_->transport();
  const size_t bytes = request_.Valid() ? request_.Length() : 0;
  record_.bytes_in = static_cast<int64_t>(bytes);
  absl::Status status = transport.Admit(request_, call_->clock(), ticket_);
  if (!status.ok()) {
    taken_ = true;
    return Send(std::move(status));
  }
  transport.Dispatch(bytes, [this](const Environment& environment) { Run(environment); });
}

void UnaryCall::Run(const Environment& environment) {
  record_[Stage::kQueue] = since_received_.microseconds();
  CallClock& clock = call_->clock();
  // Whoever takes the request is alone with what it holds.
  if (taken_.exchange(true)) return FinishDropped();
  if (clock.Ended()) return Send(absl::CancelledError());
  Send(run_(
      environment, request_, [&clock] { return clock.Ended(); }, record_));
}

void UnaryCall::Send(Reply reply) {
  record_.status = call_->clock().Explain(reply.status());
  request_.Clear();
  if (reply.ok()) {
    ticket_.Shrink(record_.bytes_out);
    call_->WriteAndFinish(reply->buffer());
  } else {
    ticket_.Release();
    call_->Finish(record_.status);
  }
}

void UnaryCall::FinishDropped() {
  record_.status = call_->clock().Explain(absl::CancelledError());
  call_->Finish(record_.status);
}

void UnaryCall::OnFinished(bool ok) {
  if (!ok) record_.status = call_->clock().Explain(absl::CancelledError());
  ticket_.Release();
  End();
}

void UnaryCall::OnDone() {
  // What waits for its turn holds nothing any more.
  if (received_ && call_->clock().Ended() && !taken_.exchange(true)) {
    request_.Clear();
    ticket_.Release();
  }
  End();
}

// The log waits until the reply is out, or is known never to be, and the end of the call has told
// whether a message that did not come was withdrawn.
void UnaryCall::End() {
  if (--pending_ > 0) return;
  if (!came_ && !refused_ && call_->clock().cancelled()) {
    record_.status = call_->clock().Explain(absl::CancelledError());
  }
  call_->transport().Record(record_);
  delete this;
}

}  // namespace detloss
