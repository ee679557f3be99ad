// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_CLIENT_CPP_CHANNEL_H_
#define DETLOSS_CLIENT_CPP_CHANNEL_H_

#include <grpcpp/channel.h>

#include <memory>
#include <vector>

#include "detloss/client/options.h"

namespace detloss::client {

using Channels = std::vector<std::shared_ptr<grpc::Channel>>;

// Channels to every server of `options.address` in turn, as many to each as `options.connections`,
// for messages of any size. They connect when they are used. Each is of one server, so that its
// certificate is that of its own name; a name of several hosts is a server here, over which gRPC
// distributes the calls.
Channels MakeChannels(const ClientOptions& options);

}  // namespace detloss::client

#endif  // DETLOSS_CLIENT_CPP_CHANNEL_H_
