// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Arbitrary lines as flags: their order of precedence, and each value as that of its option. What
// is valid reads the same again, and its addresses are addresses.

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/flags/marshalling.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/address.h"
#include "server/arguments.h"
#include "server/options.h"

namespace detloss {
namespace {

void Check(bool right, const char* what) {
  if (right) return;
  std::fprintf(stderr, "wrong: %s\n", what);
  std::abort();
}

// `name=value`, as far as it is one. Leaves the option alone where the value cannot be read.
void Set(absl::string_view line, ServerOptions& options) {
  std::string error;
  const auto parse = [&](absl::string_view name, auto& option) {
    absl::string_view value = absl::StripPrefix(line, "--");
    if (!absl::ConsumePrefix(&value, name) || !absl::ConsumePrefix(&value, "=")) return;
    auto parsed = option;
    if (absl::ParseFlag(value, &parsed, &error)) option = parsed;
  };
#define OPTION(type, name, value, required, help) parse(#name, options.name);
#include "server/options.inc"
#undef OPTION
}

void CheckOptions(const ServerOptions& options) {
  const absl::Status status = options.Validate();
  if (!status.ok()) {
    Check(absl::StartsWith(status.message(), "--"), "a status that names no flag");
    Check(absl::StrContains(status.message(), ", got ") ||
              absl::StrContains(status.message(), "required"),
          "a status that says neither what came nor what is required");
    return;
  }
  for (const std::string& address : SplitAddresses(options.listen)) {
    Check(CheckAddress(address).ok(), "an address");
  }
  ServerOptions again;
  for (const OptionText& text : options.ToText()) Set(text.name + "=" + text.value, again);
  std::string before, after;
  for (const OptionText& text : options.ToText()) before += text.name + text.value;
  for (const OptionText& text : again.ToText()) after += text.name + text.value;
  Check(before == after, "an option that does not read the same again");
}

void CheckPrecedence(const std::vector<std::string>& lines) {
  std::vector<std::string> arguments = {"program"};
  arguments.insert(arguments.end(), lines.begin(), lines.end());
  const auto environment = [&](absl::string_view name) {
    return name == "listen" ? lines.front().c_str() : nullptr;
  };
  const std::vector<std::string> all = InPrecedence(arguments, environment);
  Check(all.front() == "program", "the first argument");
  // One of the environment more, and a flag with its value as one.
  Check(all.size() == arguments.size() + 1 || all.size() == arguments.size(), "arguments");
}

void Run(const std::string& text) {
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  ServerOptions options;
  for (const std::string& line : lines) Set(line, options);
  CheckOptions(options);
  CheckPrecedence(lines);
}

}  // namespace
}  // namespace detloss

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  detloss::Run(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
