// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// A server, from its options to its end.

#ifndef DETLOSS_SERVER_SERVER_H_
#define DETLOSS_SERVER_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/transport.h"

namespace detloss {

class Server {
 public:
  // Listens on every address of the options and serves. `log` must outlive the server.
  //
  // Errors: INVALID_ARGUMENT for wrong options, UNAVAILABLE for an address that cannot be had.
  static absl::StatusOr<std::unique_ptr<Server>> Create(ServerOptions options, Log& log);

  // REQUIRES: Shutdown() has returned.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where it listens, with the ports that were taken for port 0.
  const std::vector<std::string>& addresses() const { return addresses_; }

  const ServerOptions& options() const { return transport_.options(); }

  // Requests and stream items that are not answered yet.
  int64_t in_flight() const { return metrics_.in_flight(); }

  // Buffers of replies that gRPC has not done with.
  size_t buffers_lent() const { return transport_.buffers().stats().lent; }

  // Logs all metrics.
  void LogMetrics();

  // Turns health to NOT_SERVING, refuses new calls with SHUTTING_DOWN, ends streams after the items
  // that they have read, and waits for what is in flight; cancels what is still there after
  // `timeout`, and calls of the health and reflection services.
  void Shutdown(absl::Duration timeout);

 private:
  Server(const ServerOptions& options, Log& log);
  absl::Status Listen();

  Log& log_;
  Metrics metrics_;
  Transport transport_;
  std::unique_ptr<grpc::Server> server_;
  std::vector<std::string> addresses_;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_SERVER_H_
