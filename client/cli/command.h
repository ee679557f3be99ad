// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The subcommands of `detloss`.

#ifndef DETLOSS_CLI_COMMAND_H_
#define DETLOSS_CLI_COMMAND_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "detloss/client/options.h"

namespace detloss::cli {

// Attempts of a call that a person waits for: no server is an error after a second or so.
inline constexpr int kAttempts = 5;

// A subcommand: its options, and what it does once they are parsed.
struct Command {
  CLI::App* app;
  std::function<absl::Status()> run;
};

Command AddCompute(CLI::App& parent);
Command AddEvaluate(CLI::App& parent);
Command AddHealth(CLI::App& parent);
Command AddList(CLI::App& parent);

// Requires of an option a number for which `allows` holds: `range` in words, as "greater than 0".
CLI::Validator Number(const std::string& range, bool (*allows)(double));

// Adds the options that say how to reach the server, which fill `options`.
void AddClientOptions(CLI::App& app, client::ClientOptions& options);

// Those of them that say whom to trust and who calls.
void AddCredentialOptions(CLI::App& app, client::ClientOptions& options);

}  // namespace detloss::cli

#endif  // DETLOSS_CLI_COMMAND_H_
