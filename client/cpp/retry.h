// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Repeats calls that failed for a while only.

#ifndef DETLOSS_CLIENT_CPP_RETRY_H_
#define DETLOSS_CLIENT_CPP_RETRY_H_

#include <functional>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "detloss/client/options.h"

namespace detloss::client {

// The time that the loop sees.
struct RetryClock {
  std::function<absl::Time()> now = absl::Now;
  std::function<void(absl::Duration)> sleep = absl::SleepFor;
};

// Whether another attempt may succeed. RESOURCE_EXHAUSTED without a delay is a limit, which the
// next attempt exceeds too. CANCELLED without a reason is gRPC's word for a call that reached a
// server which was shutting down and never began it: a client itself cancels no call.
bool IsRetryable(const absl::Status& status);

// Calls `attempt` until its status is not retryable, `options.attempts_max` is reached, or the next
// attempt would start after `deadline`; returns its last status.
absl::Status RetryLoop(const ClientOptions& options, absl::Time deadline,
                       absl::FunctionRef<absl::Status()> attempt, const RetryClock& clock = {});

}  // namespace detloss::client

#endif  // DETLOSS_CLIENT_CPP_RETRY_H_
