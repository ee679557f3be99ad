// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/socket.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace detloss {

absl::Status CheckSocketIsFree(const std::string& address) {
  if (!absl::StartsWith(address, "unix:")) return absl::OkStatus();
  absl::string_view path = absl::StripPrefix(address, "unix:");
  if (absl::StartsWith(path, "//")) path = absl::StripPrefix(path, "//");
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof name.sun_path) {
    return absl::InvalidArgumentError(
        absl::StrCat("--listen: a path of 1 to ", sizeof name.sun_path - 1,
                     " bytes is required after unix:, got ", path.size(), " bytes"));
  }
  std::memcpy(name.sun_path, path.data(), path.size());
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return absl::ErrnoToStatus(errno, "cannot make a socket");
  const int result = connect(descriptor, reinterpret_cast<sockaddr*>(&name), sizeof name);
  close(descriptor);
  if (result != 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("--listen: another process listens on ", address));
}

}  // namespace detloss
