// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The command `detloss`: what the service does, for a person at a terminal.

#include <cstdlib>
#include <iostream>
#include <vector>

#include "client/cli/command.h"
#include "client/cli/print.h"

int main(int argc, char** argv) {
  // Errors are returned and printed once, not also logged by gRPC.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  CLI::App app("Computes object-detection losses on a detloss server.", "detloss");
  app.require_subcommand(1);
  const std::vector<detloss::cli::Command> commands = {
      detloss::cli::AddCompute(app), detloss::cli::AddEvaluate(app), detloss::cli::AddList(app),
      detloss::cli::AddHealth(app)};
  CLI11_PARSE(app, argc, argv);
  for (const detloss::cli::Command& command : commands) {
    if (!command.app->parsed()) continue;
    const absl::Status status = command.run();
    if (status.ok()) return 0;
    detloss::cli::PrintError(status, std::cerr);
  }
  return 1;
}
