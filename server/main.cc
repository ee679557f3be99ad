// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// detlossd: serves losses of object detection and their gradients over gRPC.

#include <grpc/grpc.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "server/flags.h"
#include "server/logging.h"
#include "server/server.h"

namespace detloss {
namespace {

// Blocks the signals that end the server, in this thread and in those that it starts from now on:
// only WaitForSignal may see them. A thread that was there before would let them kill the process.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// Logs metrics every interval until a signal comes.
void WaitForSignal(const sigset_t& signals, Server& server) {
  const absl::Duration interval = server.options().metrics_log_interval;
  if (interval == absl::ZeroDuration()) {
    sigwaitinfo(&signals, nullptr);
    return;
  }
  const timespec timeout = absl::ToTimespec(interval);
  for (;;) {
    const int signal = sigtimedwait(&signals, nullptr, &timeout);
    if (signal > 0) return;
    if (errno == EAGAIN) server.LogMetrics();
  }
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "detlossd: %s\n", std::string(status.message()).c_str());
  return EXIT_FAILURE;
}

int Run(int argc, char** argv) {
  const sigset_t signals = BlockSignals();
  // Never taken back: gRPC's own clean-up, when its last user is gone, waits ten seconds if it has
  // lost count of a Unix socket.
  grpc_init();
  const absl::StatusOr<ServerOptions> options = ParseFlags(argc, argv);
  if (!options.ok()) return Fail(options.status());
  Log log(*options);
  const absl::StatusOr<std::unique_ptr<Server>> server = Server::Create(*options, log);
  if (!server.ok()) return Fail(server.status());
  WaitForSignal(signals, **server);
  (*server)->Shutdown(options->drain_timeout);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace detloss

int main(int argc, char** argv) { return detloss::Run(argc, argv); }
