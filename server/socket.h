// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Sockets to listen on.

#ifndef DETLOSS_SERVER_SOCKET_H_
#define DETLOSS_SERVER_SOCKET_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace detloss {

// A descriptor, closed at the end.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Socket();

  int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

// Listens on a path. A socket that nobody listens on any more is replaced.
absl::StatusOr<Socket> ListenOnPath(absl::string_view path);

// Listens on every address that `host` stands for. `port` 0 takes a free one, and becomes it.
absl::StatusOr<std::vector<Socket>> ListenOnHost(const std::string& host, int& port);

bool IsUnixSocket(int descriptor);

// Sets up a connection for gRPC: no delays, and for Unix sockets larger buffers.
void PrepareConnection(int descriptor, bool is_unix);

}  // namespace detloss

#endif  // DETLOSS_SERVER_SOCKET_H_
