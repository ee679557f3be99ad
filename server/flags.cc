// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/flags.h"

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/flags/usage_config.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/arguments.h"
#include "server/version.h"

using detloss::SecretPath;

#define OPTION(type, name, value, required, help) ABSL_FLAG(type, name, value, help);
#include "server/options.inc"
#undef OPTION

namespace detloss {
namespace {

const char* FromEnvironment(absl::string_view name) {
  return std::getenv(absl::StrCat("DETLOSS_", absl::AsciiStrToUpper(name)).c_str());
}

// --help shows the flags of the server and leaves out those of the libraries.
void DescribeProgram() {
  absl::SetProgramUsageMessage(
      "serves losses of object detection and their gradients over gRPC.\n"
      "Each flag may also come from the environment, as DETLOSS_<FLAG>, or from --flagfile.");
  absl::FlagsUsageConfig config;
  config.contains_help_flags = [](absl::string_view file) {
    return absl::EndsWith(file, "server/options.inc");
  };
  config.contains_helpshort_flags = config.contains_help_flags;
  config.normalize_filename = [](absl::string_view file) {
    const size_t at = file.rfind("server/");
    return std::string(at == absl::string_view::npos ? file : file.substr(at));
  };
  config.version_string = [] { return absl::StrCat("detlossd ", kVersion, "\n"); };
  absl::SetFlagsUsageConfig(std::move(config));
}

}  // namespace

absl::StatusOr<ServerOptions> ParseFlags(int argc, char** argv) {
  DescribeProgram();
  std::vector<std::string> arguments = InPrecedence({argv, argv + argc}, FromEnvironment);
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  const std::vector<char*> rest =
      absl::ParseCommandLine(static_cast<int>(pointers.size()), pointers.data());
  if (rest.size() > 1) {
    // What it is stays unsaid: it may be the value of a flag that holds a secret.
    return absl::InvalidArgumentError(absl::StrCat("takes only flags, as --flag=value; got ",
                                                   rest.size() - 1, " other arguments"));
  }
  ServerOptions options;
#define OPTION(type, name, value, required, help) options.name = absl::GetFlag(FLAGS_##name);
#include "server/options.inc"
#undef OPTION
  if (absl::Status status = options.Validate(); !status.ok()) return status;
  return options;
}

}  // namespace detloss
