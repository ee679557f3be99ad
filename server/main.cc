// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// detlossd: serves losses of object detection and their gradients over gRPC.

#include <google/protobuf/stubs/logging.h>
#include <grpc/grpc.h>

#include <cstdio>
#include <cstdlib>

#include "common/allocator.h"
#include "server/flags.h"
#include "server/logging.h"
#include "server/server.h"
#include "server/signals.h"

namespace detloss {
namespace {

// What remains to be done when nothing is in flight any more takes no longer.
constexpr absl::Duration kEndTimeout = absl::Seconds(5);

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "detlossd: %s\n", std::string(status.message()).c_str());
  return EXIT_FAILURE;
}

int Run(int argc, char** argv) {
  TuneAllocator();
  const sigset_t signals = TakeSignals();
  // It would write to standard error for every handshake that fails, whoever tries.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  // Never taken back: gRPC's own clean-up, when its last user is gone, waits ten seconds if it has
  // lost count of a Unix socket.
  grpc_init();
  // It would write to standard error for every request whose bytes are wrong; callers hear of it.
  google::protobuf::SetLogHandler(nullptr);
  const absl::StatusOr<ServerOptions> options = ParseFlags(argc, argv);
  if (!options.ok()) return Fail(options.status());
  Log log(*options);
  const absl::StatusOr<std::unique_ptr<Server>> server = Server::Create(*options, log);
  if (!server.ok()) return Fail(server.status());
  WaitForSignal(signals);
  LimitTheEnd(signals, options->drain_delay + options->drain_timeout + kEndTimeout);
  (*server)->Shutdown(options->drain_delay, options->drain_timeout);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace detloss

int main(int argc, char** argv) { return detloss::Run(argc, argv); }
