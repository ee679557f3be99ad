// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/channel.h"

#include <grpcpp/create_channel.h>

namespace detloss::client {

std::shared_ptr<grpc::Channel> MakeChannel(const ClientOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  // `RetryLoop` repeats calls: gRPC's own retries give up on messages above 256 KiB.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // Between its attempts to connect, gRPC fails calls at once. With its own waits, of 1 s to 2 min,
  // our attempts would fail long after the server is back.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  return grpc::CreateCustomChannel(
      options.address,
      options.credentials != nullptr ? options.credentials : grpc::InsecureChannelCredentials(),
      arguments);
}

}  // namespace detloss::client
