// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/signals.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace detloss {
namespace {

// Waits for a signal at most until `deadline`. Returns its number, or 0.
int NextSignal(const sigset_t& signals, absl::Time deadline) {
  for (;;) {
    const absl::Duration left = std::max(deadline - absl::Now(), absl::ZeroDuration());
    const timespec timeout = absl::ToTimespec(left);
    const int signal = sigtimedwait(&signals, nullptr, &timeout);
    if (signal > 0) return signal;
    if (errno == EAGAIN) return 0;
  }
}

// Writes to standard error unless that would wait for a reader who does not come.
void Complain(const std::string& line) {
  pollfd standard_error = {.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (poll(&standard_error, 1, 0) != 1) return;
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

sigset_t TakeSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

void WaitForSignal(const sigset_t& signals) {
  while (NextSignal(signals, absl::InfiniteFuture()) == 0) {
  }
}

void LimitTheEnd(const sigset_t& signals, absl::Duration limit) {
  const absl::Time deadline = absl::Now() + limit;
  // The thread outlives main: it must not touch anything that is destroyed on the way out.
  std::thread([signals, limit, deadline] {
    if (const int signal = NextSignal(signals, deadline)) _exit(128 + signal);
    Complain(absl::StrCat("detlossd: did not end within ", absl::FormatDuration(limit),
                          ": the reader of the log may hold it\n"));
    _exit(EXIT_FAILURE);
  }).detach();
}

}  // namespace detloss
