// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// A server, from its options to its end.

#ifndef DETLOSS_SERVER_SERVER_H_
#define DETLOSS_SERVER_SERVER_H_

#include <grpcpp/server_builder.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/listener.h"
#include "server/security.h"
#include "server/ticker.h"
#include "server/transport.h"

namespace detloss {

class Server {
 public:
  // Listens on every address of the options and serves. `log` must outlive the server. `pressure`
  // takes the place of the memory of the process; tests have their own.
  //
  // Errors: INVALID_ARGUMENT for wrong options, UNAVAILABLE for an address that cannot be had.
  static absl::StatusOr<std::unique_ptr<Server>> Create(ServerOptions options, Log& log,
                                                        PressureSource pressure = nullptr);

  // REQUIRES: Shutdown() has returned.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where it listens, with the ports that were taken for port 0.
  const std::vector<std::string>& addresses() const { return listener_.addresses(); }

  const ServerOptions& options() const { return transport_.options(); }

  // What is held on behalf of callers.
  Ledger ledger() const { return transport_.ledger(); }

  // Turns health to NOT_SERVING and goes on serving for `delay`. Then closes the sockets, refuses
  // new calls with SHUTTING_DOWN, ends streams after the items that they have read, and waits for
  // what is in flight; cancels what is still there after `timeout`, and calls of the health and
  // reflection services.
  void Shutdown(absl::Duration delay, absl::Duration timeout);

 private:
  using Acceptor = grpc::experimental::ExternalConnectionAcceptor;

  Server(const ServerOptions& options, std::unique_ptr<Security> security, Log& log,
         PressureSource pressure);
  absl::Status Listen();
  absl::Status Build();
  void LogServing();
  void StartMetricsLog();
  void LogMetrics();
  void Disconnect();

  Log& log_;
  std::unique_ptr<Security> security_;
  Metrics metrics_;
  Transport transport_;
  Listener listener_;
  std::unique_ptr<Acceptor> acceptor_;       // of TCP
  std::unique_ptr<Acceptor> unix_acceptor_;  // of Unix sockets
  std::unique_ptr<grpc::Server> server_;
  std::optional<Ticker> metrics_log_;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_SERVER_H_
