// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_SOCKET_H_
#define DETLOSS_SERVER_SOCKET_H_

#include <string>

#include "absl/status/status.h"

namespace detloss {

// UNAVAILABLE if somebody listens on the Unix socket that `address` ("unix:/path") names. gRPC
// would take the path from them without a word. OK for every other address.
absl::Status CheckSocketIsFree(const std::string& address);

}  // namespace detloss

#endif  // DETLOSS_SERVER_SOCKET_H_
