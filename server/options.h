// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_OPTIONS_H_
#define DETLOSS_SERVER_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace detloss {

// An option as its readers see it.
struct OptionText {
  std::string name;
  std::string value;
  std::string help;
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

}  // namespace detloss

#endif  // DETLOSS_SERVER_OPTIONS_H_
