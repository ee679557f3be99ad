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
#include "absl/strings/strip.h"
#include "server/version.h"

#define OPTION(type, name, value, required, help) ABSL_FLAG(type, name, value, help);
#include "server/options.inc"
#undef OPTION

namespace detloss {
namespace {

constexpr absl::string_view kNames[] = {
#define OPTION(type, name, value, required, help) #name,
#include "server/options.inc"
#undef OPTION
};

const char* FromEnvironment(absl::string_view name) {
  return std::getenv(absl::StrCat("DETLOSS_", absl::AsciiStrToUpper(name)).c_str());
}

// Takes `--flagfile X` or `--flagfile=X` out of the arguments and returns it in the second form.
std::string TakeFlagFile(std::vector<std::string>& arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const absl::string_view name = absl::StripPrefix(absl::StripPrefix(arguments[i], "-"), "-");
    std::string flag;
    if (absl::StartsWith(name, "flagfile=")) flag = absl::StrCat("--", name);
    const bool split = name == "flagfile" && i + 1 < arguments.size();
    if (split) flag = absl::StrCat("--flagfile=", arguments[i + 1]);
    if (flag.empty()) continue;
    const auto at = arguments.begin() + static_cast<std::ptrdiff_t>(i);
    arguments.erase(at, at + (split ? 2 : 1));
    return flag;
  }
  const char* file = FromEnvironment("flagfile");
  return file ? absl::StrCat("--flagfile=", file) : "";
}

// Of two flags of one name the later wins, so what has precedence comes last.
std::vector<std::string> InPrecedence(std::vector<std::string> arguments) {
  std::vector<std::string> all = {arguments.front()};
  arguments.erase(arguments.begin());
  const std::string file = TakeFlagFile(arguments);
  if (!file.empty()) all.push_back(file);
  for (const absl::string_view name : kNames) {
    if (const char* value = FromEnvironment(name))
      all.push_back(absl::StrCat("--", name, "=", value));
  }
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
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
  std::vector<std::string> arguments = InPrecedence({argv, argv + argc});
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  const std::vector<char*> rest =
      absl::ParseCommandLine(static_cast<int>(pointers.size()), pointers.data());
  if (rest.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat("takes only flags, got ", rest[1]));
  }
  ServerOptions options;
#define OPTION(type, name, value, required, help) options.name = absl::GetFlag(FLAGS_##name);
#include "server/options.inc"
#undef OPTION
  if (absl::Status status = options.Validate(); !status.ok()) return status;
  return options;
}

}  // namespace detloss
