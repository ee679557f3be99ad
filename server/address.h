// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The addresses that a server listens on: "host:port", "[IPv6 address]:port" or "unix:/path".

#ifndef DETLOSS_SERVER_ADDRESS_H_
#define DETLOSS_SERVER_ADDRESS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace detloss {

// The addresses of a list that is separated by commas.
std::vector<std::string> SplitAddresses(absl::string_view list);

// INVALID_ARGUMENT unless `address` is one, with a port in [0, 65535] or a path that fits a socket.
// gRPC would take a larger port modulo 65536.
absl::Status CheckAddress(absl::string_view address);

// Whether it names a Unix socket, and the path of one that does.
bool IsUnixAddress(absl::string_view address);
absl::string_view PathOf(absl::string_view address);

// The parts of an address that names no Unix socket; the host without brackets. REQUIRES:
// CheckAddress(address).ok().
struct HostPort {
  std::string host;
  int port = 0;
};
HostPort SplitHostPort(absl::string_view address);

// Whether only processes of this machine reach the address: it is a Unix socket, localhost, or of
// 127.0.0.0/8 or ::1. REQUIRES: CheckAddress(address).ok().
bool StaysOnMachine(absl::string_view address);

}  // namespace detloss

#endif  // DETLOSS_SERVER_ADDRESS_H_
