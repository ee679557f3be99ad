// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/arguments.h"

#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace detloss {
namespace {

constexpr absl::string_view kNames[] = {
#define OPTION(type, name, value, required, help) #name,
#include "server/options.inc"
#undef OPTION
};

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
  return "";
}

}  // namespace

std::vector<std::string> InPrecedence(
    std::vector<std::string> arguments,
    absl::FunctionRef<const char*(absl::string_view name)> environment) {
  std::vector<std::string> all = {arguments.front()};
  arguments.erase(arguments.begin());
  const std::string file = TakeFlagFile(arguments);
  const char* const file_of_environment = file.empty() ? environment("flagfile") : nullptr;
  if (!file.empty()) all.push_back(file);
  if (file_of_environment) all.push_back(absl::StrCat("--flagfile=", file_of_environment));
  for (const absl::string_view name : kNames) {
    if (const char* value = environment(name)) all.push_back(absl::StrCat("--", name, "=", value));
  }
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

}  // namespace detloss
