// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_SMALL_FILE_H_
#define DETLOSS_SERVER_SMALL_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace detloss {

// The contents of the file that the flag `flag` names by `path`, of at most 1 MiB. Errors name the
// flag and what the system says, not the path: they are logged.
absl::StatusOr<std::string> ReadSmallFile(absl::string_view flag, const std::string& path);

// An error about the file of a flag: "--tls_key: is no private key".
absl::Status FileError(absl::string_view flag, absl::string_view message);

}  // namespace detloss

#endif  // DETLOSS_SERVER_SMALL_FILE_H_
