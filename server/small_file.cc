// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/small_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"

namespace detloss {
namespace {

constexpr size_t kBytesMax = 1 << 20;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

absl::Status CannotRead(absl::string_view flag, int error) {
  return FileError(flag, absl::StrCat("cannot be read: ", std::strerror(error)));
}

}  // namespace

absl::StatusOr<std::string> ReadSmallFile(absl::string_view flag, const std::string& path) {
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "re"));
  if (file == nullptr) return CannotRead(flag, errno);
  std::string contents(kBytesMax + 1, '\0');
  contents.resize(std::fread(contents.data(), 1, contents.size(), file.get()));
  if (std::ferror(file.get()) != 0) return CannotRead(flag, errno);
  if (contents.size() <= kBytesMax) return contents;
  return FileError(flag, absl::StrCat("at most ", kBytesMax, " bytes are allowed"));
}

absl::Status FileError(absl::string_view flag, absl::string_view message) {
  return absl::FailedPreconditionError(absl::StrCat("--", flag, ": ", message));
}

}  // namespace detloss
