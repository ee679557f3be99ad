// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_CLIENT_OPTIONS_H_
#define DETLOSS_CLIENT_OPTIONS_H_

#include <grpcpp/security/credentials.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "detloss/client/credentials.h"

namespace detloss::client {

// How a `LossClient` reaches its servers and how long it tries.
struct ClientOptions {
  // `host:port`, or `unix:/path` for a server on the same machine; several, separated by commas.
  //
  // Calls take the servers in turn, also those of a host name with several addresses; another
  // attempt goes to the next one. Servers that cannot be reached, or whose health is not SERVING
  // for `detloss.v1.LossService`, get no calls while there are others.
  std::string address = "127.0.0.1:50051";

  // Connections to each server, which calls take in turn; at least 1. One thread of the server
  // reads and writes a connection: with more of them, calls with large tensors from several threads
  // wait less for each other.
  int connections = 1;

  // Of a call with all its attempts. Greater than 0; a call may override it.
  absl::Duration deadline = absl::Seconds(30);

  // The wait before attempt n + 1 is random in [0, min(backoff_max, backoff_initial * 2^(n - 1))].
  absl::Duration backoff_initial = absl::Milliseconds(50);
  absl::Duration backoff_max = absl::Seconds(5);

  // Attempts of one call; 0: as many as the deadline allows.
  int attempts_max = 0;

  // Encrypts, and has the server prove who it is: `ReadTlsOptions` reads it from files. Default:
  // neither.
  std::optional<TlsOptions> tls = {};

  // Sent as `authorization: Bearer ...` with every call, also where the connection is not
  // encrypted: use `tls` beyond the machine. What is no token by `IsToken` is not sent.
  std::string token = {};

  // Credentials of gRPC in place of `tls`.
  std::shared_ptr<grpc::ChannelCredentials> credentials = {};

  // Waits between attempts. Tests replace it. Default: sleeps, no longer than until a lost
  // connection is back or another server is there.
  std::function<void(absl::Duration)> sleep = {};
};

}  // namespace detloss::client

#endif  // DETLOSS_CLIENT_OPTIONS_H_
