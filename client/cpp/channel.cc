// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/channel.h"

#include <grpcpp/create_channel.h>

#include <algorithm>

#include "common/socket_buffers.h"

namespace detloss::client {
namespace {

grpc::ChannelArguments Arguments(const ClientOptions& options) {
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
  return arguments;
}

}  // namespace

std::vector<std::shared_ptr<grpc::Channel>> MakeChannels(const ClientOptions& options) {
  const auto credentials =
      options.credentials != nullptr ? options.credentials : grpc::InsecureChannelCredentials();
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  for (int i = 0; i < std::max(1, options.connections); ++i) {
    channels.push_back(grpc::CreateCustomChannel(options.address, credentials, Arguments(options)));
  }
  return channels;
}

}  // namespace detloss::client
