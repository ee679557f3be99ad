// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_CLIENT_CPP_CHANNEL_H_
#define DETLOSS_CLIENT_CPP_CHANNEL_H_

#include <grpcpp/channel.h>

#include <memory>

#include "detloss/client/options.h"

namespace detloss::client {

// A channel to `options.address`, for messages of any size. Connects when it is used.
std::shared_ptr<grpc::Channel> MakeChannel(const ClientOptions& options);

}  // namespace detloss::client

#endif  // DETLOSS_CLIENT_CPP_CHANNEL_H_
