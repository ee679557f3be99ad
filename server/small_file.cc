// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "server/descriptor.h"

namespace detloss {
namespace {

constexpr size_t kBytesMax = 1 << 20;

absl::Status CannotRead(absl::string_view flag, int error) {
  return FileError(flag, absl::StrCat("cannot be read: ", std::strerror(error)));
}

// Whoever reads a pipe may wait for ever.
absl::Status CheckKind(absl::string_view flag, int descriptor) {
  struct stat state = {};
  if (fstat(descriptor, &state) != 0) return CannotRead(flag, errno);
  if (S_ISREG(state.st_mode)) return absl::OkStatus();
  return FileError(flag, "must be a file, not a directory, a pipe or a device");
}

}  // namespace

absl::StatusOr<std::string> ReadSmallFile(absl::string_view flag, const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number() < 0) return CannotRead(flag, errno);
  if (absl::Status status = CheckKind(flag, file.number()); !status.ok()) return status;
  std::string contents(kBytesMax + 1, '\0');
  size_t size = 0;
  for (ssize_t got = 1; got > 0 && size < contents.size(); size += static_cast<size_t>(got)) {
    got = read(file.number(), contents.data() + size, contents.size() - size);
    if (got < 0) return CannotRead(flag, errno);
  }
  contents.resize(size);
  if (size <= kBytesMax) return contents;
  return FileError(flag, absl::StrCat("at most ", kBytesMax, " bytes are allowed"));
}

absl::Status FileError(absl::string_view flag, absl::string_view message) {
  return absl::FailedPreconditionError(absl::StrCat("--", flag, ": ", message));
}

}  // namespace detloss
