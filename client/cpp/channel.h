// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_CLIENT_CPP_CHANNEL_H_
#define DETLOSS_CLIENT_CPP_CHANNEL_H_

#include <grpcpp/channel.h>

#include <memory>
#include <vector>

#include "detloss/client/options.h"

namespace detloss::client {

// Channels to `options.address`, one for each of `options.connections`, for messages of any size.
// They connect when they are used.
std::vector<std::shared_ptr<grpc::Channel>> MakeChannels(const ClientOptions& options);

}  // namespace detloss::client

#endif  // DETLOSS_CLIENT_CPP_CHANNEL_H_
