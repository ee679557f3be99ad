// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/retry.h"

#include <algorithm>

#include "absl/random/random.h"
#include "detloss/client/error.h"

namespace detloss::client {
namespace {

// Full jitter: clients that failed together do not come back together.
absl::Duration Jitter(absl::Duration longest) {
  thread_local absl::BitGen generator;
  return longest * absl::Uniform(generator, 0.0, 1.0);
}

}  // namespace

bool IsRetryable(const absl::Status& status) {
  if (absl::IsUnavailable(status)) return true;
  const ErrorDetails details = DecodeErrorDetails(status);
  if (absl::IsCancelled(status)) return details.reason.empty();
  return absl::IsResourceExhausted(status) && details.retry_delay.has_value();
}

absl::Status RetryLoop(const ClientOptions& options, absl::Time deadline,
                       absl::FunctionRef<absl::Status()> attempt, const RetryClock& clock) {
  absl::Duration backoff = options.backoff_initial;
  for (int attempts = 1;; ++attempts) {
    absl::Status status = attempt();
    if (!IsRetryable(status) || attempts == options.attempts_max) return status;
    const absl::Duration least =
        DecodeErrorDetails(status).retry_delay.value_or(absl::ZeroDuration());
    const absl::Duration wait = least + Jitter(std::min(backoff, options.backoff_max));
    if (clock.now() + wait >= deadline) return status;
    clock.sleep(wait);
    backoff = std::min(2 * backoff, options.backoff_max);
  }
}

}  // namespace detloss::client
