// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_OPTIONS_H_
#define DETLOSS_SERVER_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace detloss {

// The path of a file that logs do not tell: where secrets lie is nothing for their readers.
struct SecretPath : std::string {
  using std::string::string;
  using std::string::operator=;
};

// An option as its readers see it.
struct OptionText {
  std::string name;
  std::string value;
  std::string help;
  std::string logged;  // the value, or that there is one
};

// How a server runs. options.inc says what each field means.
struct ServerOptions {
#define OPTION(type, name, value, required, help) type name = value;
#include "server/options.inc"
#undef OPTION

  // Says which option is wrong, what is required and what came.
  absl::Status Validate() const;

  // Every option, in the order of options.inc.
  std::vector<OptionText> ToText() const;
};

// SecretPath as the type of a flag.
bool AbslParseFlag(absl::string_view text, SecretPath* path, std::string* error);
std::string AbslUnparseFlag(const SecretPath& path);

}  // namespace detloss

#endif  // DETLOSS_SERVER_OPTIONS_H_
