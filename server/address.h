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

// UNAVAILABLE if somebody listens on the Unix socket that `address` names. gRPC would take the path
// from them without a word. OK for every other address. REQUIRES: CheckAddress(address).ok().
absl::Status CheckSocketIsFree(absl::string_view address);

}  // namespace detloss

#endif  // DETLOSS_SERVER_ADDRESS_H_
