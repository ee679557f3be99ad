// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The signals that end the server.

#ifndef DETLOSS_SERVER_SIGNALS_H_
#define DETLOSS_SERVER_SIGNALS_H_

#include <csignal>

#include "absl/time/time.h"

namespace detloss {

// Blocks SIGTERM and SIGINT in this thread and in those that it starts from now on: only the
// functions below may see them. A thread that was there before would let them kill the process.
// SIGPIPE is ignored: the reader of the log may leave without ending the server.
sigset_t TakeSignals();

// Waits for a signal.
void WaitForSignal(const sigset_t& signals);

// Sees to it that the process ends: at once when another signal comes, with status 128 + signal;
// after `limit` with status 1. Returns at once.
void LimitTheEnd(const sigset_t& signals, absl::Duration limit);

}  // namespace detloss

#endif  // DETLOSS_SERVER_SIGNALS_H_
