// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The command `detloss`: what the service does, for a person at a terminal.

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/cli/command.h"
#include "client/cli/print.h"
#include "detloss/client/allocator.h"

namespace {

// Of a command line that makes no sense. Errors of a command are 1.
constexpr int kUsageError = 2;

std::string DescribeUsageError(const CLI::App* app, const CLI::Error& error) {
  std::string name = app->get_name();
  for (const CLI::App* command : app->get_subcommands()) name += " " + command->get_name();
  return absl::StrCat("detloss: ", error.what(), "\nRun `", name,
                      " --help` for more information.\n");
}

absl::Status Run(const detloss::cli::Command& command) {
  try {
    return command.run();
  } catch (const std::exception& error) {
    // Of the standard library: out of memory, or a disk that fails.
    return absl::InternalError(error.what());
  }
}

int Report(const absl::Status& status) {
  if (status.ok()) return 0;
  detloss::cli::PrintError(status, std::cerr);
  return 1;
}

// A result that was lost, on a full disk, is no success.
absl::Status FlushOutput() {
  errno = 0;
  std::cout.flush();
  if (std::cout) return absl::OkStatus();
  // An error before the flush has left no reason.
  return errno != 0 ? absl::ErrnoToStatus(errno, "standard output")
                    : absl::DataLossError("standard output: the output was not written in full");
}

int RunCommandLine(CLI::App& app, const std::vector<detloss::cli::Command>& commands, int argc,
                   char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsageError;
  }
  for (const detloss::cli::Command& command : commands) {
    if (command.app->parsed()) return Report(Run(command));
  }
  std::cerr << app.help();
  return kUsageError;
}

}  // namespace

int main(int argc, char** argv) {
  detloss::client::TuneAllocator();
  // Errors are returned and printed once, not also logged by gRPC.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  CLI::App app("Computes object-detection losses on a detloss server.", "detloss");
  app.set_version_flag("--version", DETLOSS_VERSION);
  app.require_subcommand(0, 1);
  app.failure_message(DescribeUsageError);
  const std::vector<detloss::cli::Command> commands = {
      detloss::cli::AddCompute(app), detloss::cli::AddEvaluate(app), detloss::cli::AddList(app),
      detloss::cli::AddHealth(app)};
  const int exit_status = RunCommandLine(app, commands, argc, argv);
  const int lost = Report(FlushOutput());
  return exit_status != 0 ? exit_status : lost;
}
