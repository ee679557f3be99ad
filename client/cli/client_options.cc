// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/cli/command.h"

namespace detloss::cli {

CLI::Validator Number(const std::string& range, bool (*allows)(double)) {
  const auto check = [range, allows](const std::string& text) {
    double value = 0;
    if (absl::SimpleAtod(text, &value) && allows(value)) return std::string();
    return absl::StrCat("a number ", range, " is required, got ", text);
  };
  return CLI::Validator(check, "");
}

void AddClientOptions(CLI::App& app, client::ClientOptions& options) {
  app.add_option("--address", options.address, "host:port or unix:/path of the server")
      ->envname("DETLOSS_ADDRESS")
      ->capture_default_str();
  app.add_option_function<double>(
         "--timeout",
         [&options](const double& seconds) { options.deadline = absl::Seconds(seconds); },
         "Seconds that a call may take, with its retries")
      ->check(Number("greater than 0", [](double value) { return value > 0; }))
      ->default_str(absl::FormatDuration(options.deadline));
}

}  // namespace detloss::cli
