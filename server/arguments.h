// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_ARGUMENTS_H_
#define DETLOSS_SERVER_ARGUMENTS_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace detloss {

// The arguments of the program with those that stand for them elsewhere, so that of two flags of
// one name the later counts: first the program, then the file that --flagfile names, then what the
// environment says of each option, then the rest. environment("listen") is the value for --listen,
// or null. REQUIRES: `arguments` begin with the program.
std::vector<std::string> InPrecedence(
    std::vector<std::string> arguments,
    absl::FunctionRef<const char*(absl::string_view name)> environment);

}  // namespace detloss

#endif  // DETLOSS_SERVER_ARGUMENTS_H_
