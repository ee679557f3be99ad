// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Files, with errors that name them.

#ifndef DETLOSS_CLI_FILES_H_
#define DETLOSS_CLI_FILES_H_

#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace detloss::cli {

// Opens the file at `path` for reading. The error of the system; FAILED_PRECONDITION for a
// directory.
absl::StatusOr<std::ifstream> OpenFile(const std::string& path);

// Tries whether `WriteFile` may write to `path`, and leaves everything as it was: for programs that
// work long before they have something to write.
absl::Status CheckWritable(const std::string& path);

// Writes `bytes` to the file at `path`, by way of a temporary file beside it: readers see the old
// contents or the new, whatever happens. Devices, pipes, and files in directories that take no
// other are written in place. The error of the system; FAILED_PRECONDITION for a directory.
absl::Status WriteFile(const std::string& path, absl::string_view bytes);

}  // namespace detloss::cli

#endif  // DETLOSS_CLI_FILES_H_
