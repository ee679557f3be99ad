// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_REFUSED_CALL_H_
#define DETLOSS_SERVER_REFUSED_CALL_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "server/call.h"
#include "server/compute.h"

namespace detloss {

// A call that is answered with an error before its request is read.
class RefusedCall final : private CallHandler {
 public:
  // `method` is its name in metrics and log; it must live forever. Calls without one leave no trace
  // there.
  static void Begin(std::shared_ptr<Call> call, absl::string_view method, absl::Status status);

 private:
  RefusedCall(std::shared_ptr<Call> call, absl::string_view method, absl::Status status);

  void OnFinished(bool ok) override;
  void OnDone() override { End(); }
  void End();

  std::shared_ptr<Call> call_;
  RequestRecord record_;
  int pending_ = 2;  // OnFinished and OnDone are still to come
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_REFUSED_CALL_H_
