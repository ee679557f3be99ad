// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Sockets to listen on.

#ifndef DETLOSS_SERVER_SOCKET_H_
#define DETLOSS_SERVER_SOCKET_H_

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/descriptor.h"

namespace detloss {

// Listens on a path. A socket that nobody listens on any more is replaced.
absl::StatusOr<Descriptor> ListenOnPath(absl::string_view path);

// Listens on every address that `host` stands for. `port` 0 takes a free one, and becomes it.
absl::StatusOr<std::vector<Descriptor>> ListenOnHost(const std::string& host, int& port);

bool IsUnixSocket(int descriptor);

// Sets up a connection for gRPC: no delays, and an end if the peer takes nothing for
// `transfer_timeout`, which gRPC cannot bring about while it writes; for Unix sockets larger
// buffers.
void PrepareConnection(int descriptor, bool is_unix, std::chrono::milliseconds transfer_timeout);

}  // namespace detloss

#endif  // DETLOSS_SERVER_SOCKET_H_
