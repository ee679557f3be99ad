// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/refused_call.h"

#include <utility>

#include "server/transport.h"

namespace detloss {

void RefusedCall::Begin(std::shared_ptr<Call> call, absl::string_view method, absl::Status status) {
  auto* refused = new RefusedCall(std::move(call), method, std::move(status));
  refused->call_->Finish(refused->record_.status);
}

RefusedCall::RefusedCall(std::shared_ptr<Call> call, absl::string_view method, absl::Status status)
    : call_(std::move(call)) {
  call_->SetHandler(*this);
  record_.method = method;
  record_.caller = call_->caller();
  record_.status = std::move(status);
  if (!method.empty()) call_->transport().metrics().Begin();
}

void RefusedCall::OnFinished(bool /*ok*/) {
  if (!record_.method.empty()) call_->transport().Record(record_);
  End();
}

void RefusedCall::End() {
  if (--pending_ == 0) delete this;
}

}  // namespace detloss
