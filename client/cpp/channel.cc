// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/channel.h"

#include <grpcpp/create_channel.h>

#include <algorithm>

#include "client/cpp/address.h"
#include "client/cpp/credentials.h"
#include "common/socket_buffers.h"

namespace detloss::client {
namespace {

// Health is watched by some policies only, of which gRPC's default is none. A channel whose servers
// are all NOT_SERVING counts as one that cannot connect.
constexpr char kOneOfSeveral[] = R"({
  "loadBalancingConfig": [{"round_robin": {}}],
  "healthCheckConfig": {"serviceName": "detloss.v1.LossService"}
})";

grpc::ChannelArguments Arguments(const ClientOptions& options, bool one_of_several) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  // `RetryLoop` repeats calls: gRPC's own retries give up on messages above 256 KiB.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // Between its attempts to connect, gRPC fails calls at once. With its own waits, of 1 s to 2 min,
  // our attempts would fail long after the server is back.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  RaiseSocketBuffers(arguments);
  // Channels to the same address would share one connection.
  if (options.connections > 1) arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  if (one_of_several) arguments.SetServiceConfigJSON(kOneOfSeveral);
  return arguments;
}

}  // namespace

Channels MakeChannels(const ClientOptions& options) {
  const auto credentials = MakeCredentials(options);
  const std::vector<std::string> servers = SplitAddress(options.address);
  Channels channels;
  for (int i = 0; i < std::max(1, options.connections); ++i) {
    for (const std::string& server : servers) {
      const bool one_of_several = servers.size() > 1 || MayBeSeveral(server);
      channels.push_back(
          grpc::CreateCustomChannel(server, credentials, Arguments(options, one_of_several)));
    }
  }
  return channels;
}

}  // namespace detloss::client
