// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_FLAGS_H_
#define DETLOSS_SERVER_FLAGS_H_

#include "absl/status/statusor.h"
#include "server/options.h"

namespace detloss {

// Options from the command line, else from the environment (DETLOSS_LISTEN for --listen), else from
// the file that --flagfile or DETLOSS_FLAGFILE names, else the defaults. Ends the process for
// --help and for flags that are unknown or cannot be read.
absl::StatusOr<ServerOptions> ParseFlags(int argc, char** argv);

}  // namespace detloss

#endif  // DETLOSS_SERVER_FLAGS_H_
