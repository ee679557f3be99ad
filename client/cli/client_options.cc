// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/command.h"

namespace detloss::cli {

void AddClientOptions(CLI::App& app, client::ClientOptions& options) {
  app.add_option("--address", options.address, "host:port or unix:/path of the server")
      ->envname("DETLOSS_ADDRESS")
      ->capture_default_str();
  app.add_option_function<double>(
         "--deadline",
         [&options](const double& seconds) { options.deadline = absl::Seconds(seconds); },
         "Seconds that a call may take, with its retries")
      ->check(CLI::PositiveNumber)
      ->default_str(absl::FormatDuration(options.deadline));
}

}  // namespace detloss::cli
