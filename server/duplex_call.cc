// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/duplex_call.h"

namespace detloss {

DuplexCall::DuplexCall(Transport& transport, grpc::ServerCompletionQueue& queue)
    : transport_(transport), queue_(queue) {
  transport_.AddCall();
}

DuplexCall::~DuplexCall() { transport_.RemoveCall(); }

void DuplexCall::OnStarted(bool ok) {
  if (ok) return Begin();
  delete this;
}

void DuplexCall::OnFinished(bool /*ok*/) {
  Update([this] { finished_seen_ = true; });
}

void DuplexCall::OnDone(bool /*ok*/) {
  Update([this] { done_seen_ = true; });
}

void DuplexCall::Update(absl::FunctionRef<void()> change) {
  bool over = false;
  {
    const std::lock_guard lock(mutex_);
    change();
    Advance();
    over = finished_seen_ && done_seen_ && !reading_;
  }
  if (over) delete this;
}

}  // namespace detloss
