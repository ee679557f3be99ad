// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_CLIENT_CPP_ADDRESS_H_
#define DETLOSS_CLIENT_CPP_ADDRESS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace detloss::client {

// The servers of `ClientOptions::address`, each as gRPC takes it. A scheme before the first of a
// list, as in gRPC's own "ipv4:10.0.0.1:50051,10.0.0.2:50051", is that of all which have none.
// Never empty.
std::vector<std::string> SplitAddress(absl::string_view address);

// Whether what one address names may be several servers: the name of a host, rather than a number
// or the path of a socket.
bool MayBeSeveral(absl::string_view server);

}  // namespace detloss::client

#endif  // DETLOSS_CLIENT_CPP_ADDRESS_H_
