// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/cli/command.h"

namespace detloss::cli {
namespace {

// A duration greater than 0, as the flags of the server take it, or a plain number of seconds.
std::optional<absl::Duration> ParseTimeout(const std::string& text) {
  absl::Duration duration;
  double seconds = 0;
  if (!absl::ParseDuration(text, &duration)) {
    // A number that is none is not greater than 0 either, but its duration would be endless.
    if (!absl::SimpleAtod(text, &seconds) || !(seconds > 0)) return std::nullopt;
    duration = absl::Seconds(seconds);
  }
  return duration > absl::ZeroDuration() ? std::optional(duration) : std::nullopt;
}

void SetTimeout(const std::string& text, absl::Duration& timeout) {
  const std::optional<absl::Duration> parsed = ParseTimeout(text);
  if (!parsed.has_value()) {
    constexpr char kRequired[] =
        "500ms, 30s, 1m or a number of seconds, greater than 0, is required, got ";
    throw CLI::ValidationError("--timeout", kRequired + text);
  }
  timeout = *parsed;
}

// gRPC would take the port of HTTPS where there is none.
std::string CheckAddress(const std::string& addresses) {
  for (const absl::string_view address : absl::StrSplit(addresses, ',')) {
    if (absl::StrContains(address, ':')) continue;
    return absl::StrCat("host:port or unix:/path is required, got ", address);
  }
  return "";
}

}  // namespace

CLI::Validator Number(const std::string& range, bool (*allows)(double)) {
  const auto check = [range, allows](const std::string& text) {
    double value = 0;
    if (absl::SimpleAtod(text, &value) && allows(value)) return std::string();
    return absl::StrCat("a number ", range, " is required, got ", text);
  };
  return CLI::Validator(check, "");
}

void AddClientOptions(CLI::App& app, client::ClientOptions& options) {
  app.add_option("--address", options.address,
                 "host:port or unix:/path of the server, or of several, separated by commas")
      ->envname("DETLOSS_ADDRESS")
      ->check(CLI::Validator(CheckAddress, ""))
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--timeout", [&options](const std::string& text) { SetTimeout(text, options.deadline); },
         "How long a call may take, with its retries: 500ms, 30s, 1m or a number of seconds")
      ->type_name("DURATION")
      ->default_str(absl::FormatDuration(options.deadline));
  AddCredentialOptions(app, options);
}

}  // namespace detloss::cli
