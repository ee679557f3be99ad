// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include <iostream>
#include <memory>

#include "client/cli/command.h"
#include "detloss/client/loss_client.h"

namespace detloss::cli {
namespace {

absl::Status RunHealth(const client::ClientOptions& options) {
  const absl::Status status = client::LossClient(options).CheckHealth();
  if (status.ok()) std::cout << "SERVING\n";
  return status;
}

}  // namespace

Command AddHealth(CLI::App& parent) {
  CLI::App* app = parent.add_subcommand("health", "Succeed only if the server is serving.");
  const auto options = std::make_shared<client::ClientOptions>();
  // A probe reports what is, at once.
  options->attempts_max = 1;
  options->deadline = absl::Seconds(5);
  AddClientOptions(*app, *options);
  return {app, [options] { return RunHealth(*options); }};
}

}  // namespace detloss::cli
