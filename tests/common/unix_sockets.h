// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_TESTS_COMMON_UNIX_SOCKETS_H_
#define DETLOSS_TESTS_COMMON_UNIX_SOCKETS_H_

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "common/socket_buffers.h"

namespace detloss {

// The bytes that each connected Unix socket of this process may have under way, of those between
// which and a server lies the path `at_path`.
inline std::vector<int> UnixSocketBytes(const std::string& at_path) {
  std::vector<int> bytes;
  for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(file.path().filename());
    const auto is_at = [&](auto name_of) {
      sockaddr_un name = {};
      socklen_t size = sizeof name;
      return name_of(fd, reinterpret_cast<sockaddr*>(&name), &size) == 0 &&
             name.sun_family == AF_UNIX && at_path == name.sun_path;
    };
    int listens = 0, sndbuf = 0;
    socklen_t size = sizeof listens;
    if (!is_at(getsockname) && !is_at(getpeername)) continue;
    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size);
    getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &sndbuf, &size);
    if (listens == 0) bytes.push_back(sndbuf / 2);  // the kernel doubles it for its own needs
  }
  return bytes;
}

// What `RaiseSocketBuffers` makes of it.
inline int RaisedUnixSocketBytes() {
  std::ifstream file("/proc/sys/net/core/wmem_max");
  int wmem_max = 0;
  file >> wmem_max;
  return std::min(kUnixSocketBytes, wmem_max);
}

}  // namespace detloss

#endif  // DETLOSS_TESTS_COMMON_UNIX_SOCKETS_H_
