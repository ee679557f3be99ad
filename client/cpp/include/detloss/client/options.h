// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_CLIENT_OPTIONS_H_
#define DETLOSS_CLIENT_OPTIONS_H_

#include <grpcpp/security/credentials.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"

namespace detloss::client {

// How a `LossClient` reaches its server and how long it tries.
struct ClientOptions {
  // `host:port`, or `unix:/path` for a server on the same machine.
  std::string address = "127.0.0.1:50051";

  // Connections to the server, which calls take in turn; at least 1. One thread of the server reads
  // and writes a connection: with more of them, calls with large tensors from several threads wait
  // less for each other.
  int connections = 1;

  // Of a call with all its attempts. Greater than 0; a call may override it.
  absl::Duration deadline = absl::Seconds(30);

  // The wait before attempt n + 1 is random in [0, min(backoff_max, backoff_initial * 2^(n - 1))].
  absl::Duration backoff_initial = absl::Milliseconds(50);
  absl::Duration backoff_max = absl::Seconds(5);

  // Attempts of one call; 0: as many as the deadline allows.
  int attempts_max = 0;

  // Default: neither encryption nor authentication.
  std::shared_ptr<grpc::ChannelCredentials> credentials = {};

  // Waits between attempts. Tests replace it. Default: sleeps, no longer than until a lost
  // connection is back.
  std::function<void(absl::Duration)> sleep = {};
};

}  // namespace detloss::client

#endif  // DETLOSS_CLIENT_OPTIONS_H_
