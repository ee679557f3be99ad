// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cli/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace detloss::cli {
namespace {

namespace fs = std::filesystem;

// A stream opens a directory, and fails when it is used.
absl::Status CheckNoDirectory(const std::string& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(path, ": a file is required, got a directory"));
}

// What `path` leads to: a file that takes its place must not take that of a symbolic link.
std::string Follow(const std::string& path) {
  constexpr int kLinksMax = 40;
  fs::path target = path;
  std::error_code error;
  for (int i = 0; i < kLinksMax && fs::is_symlink(target, error); ++i) {
    target = target.parent_path() / fs::read_symlink(target, error);
  }
  return target.string();
}

// The permissions of the file at `path`, or else those of a new one.
mode_t ModeOf(const std::string& path) {
  struct stat status;
  if (stat(path.c_str(), &status) == 0) return status.st_mode & 07777;
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

// Creates an empty file to take the place of the one at `path`. Empty when that is to be written in
// place.
absl::StatusOr<std::string> MakeTemporary(const std::string& path) {
  const absl::Status status = CheckNoDirectory(path);
  if (!status.ok()) return status;
  std::error_code ignored;
  const bool exists = fs::exists(path, ignored);
  if (exists && access(path.c_str(), W_OK) != 0) return absl::ErrnoToStatus(errno, path);
  if (exists && !fs::is_regular_file(path, ignored)) return "";
  std::string temporary = Follow(path) + ".XXXXXX";
  const int descriptor = mkstemp(temporary.data());
  if (descriptor < 0) {
    if (exists) return "";
    return absl::ErrnoToStatus(errno, path);
  }
  fchmod(descriptor, ModeOf(path));
  close(descriptor);
  return temporary;
}

// Sets `errno` when it fails.
bool Write(const std::string& path, absl::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  return !file.fail();
}

}  // namespace

absl::StatusOr<std::ifstream> OpenFile(const std::string& path) {
  const absl::Status status = CheckNoDirectory(path);
  if (!status.ok()) return status;
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::ErrnoToStatus(errno, path);
  return file;
}

absl::Status CheckWritable(const std::string& path) {
  const absl::StatusOr<std::string> temporary = MakeTemporary(path);
  if (temporary.ok() && !temporary->empty()) std::remove(temporary->c_str());
  return temporary.status();
}

absl::Status WriteFile(const std::string& path, absl::string_view bytes) {
  const absl::StatusOr<std::string> temporary = MakeTemporary(path);
  if (!temporary.ok()) return temporary.status();
  if (!temporary->empty()) {
    if (!Write(*temporary, bytes)) {
      const absl::Status status = absl::ErrnoToStatus(errno, path);
      std::remove(temporary->c_str());
      return status;
    }
    if (std::rename(temporary->c_str(), Follow(path).c_str()) == 0) return absl::OkStatus();
    // A file that is mounted on its own keeps its place.
    std::remove(temporary->c_str());
  }
  return Write(path, bytes) ? absl::OkStatus() : absl::ErrnoToStatus(errno, path);
}

}  // namespace detloss::cli
