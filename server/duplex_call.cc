// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/duplex_call.h"

#include <utility>

namespace detloss {

DuplexCall::DuplexCall(std::shared_ptr<Call> call, Admission::Ticket ticket)
    : call_(std::move(call)), ticket_(std::move(ticket)) {
  call_->SetHandler(*this);
}

void DuplexCall::OnFinished(bool /*ok*/) {
  Update([this] { finished_seen_ = true; });
}

void DuplexCall::OnDone() {
  Update([this] { done_seen_ = true; });
}

void DuplexCall::Finish(const absl::Status& status) {
  if (std::exchange(finishing_, true)) return;
  call_->Finish(status);
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
