// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_CLIENT_CPP_CONNECTIONS_H_
#define DETLOSS_CLIENT_CPP_CONNECTIONS_H_

#include <atomic>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "client/cpp/channel.h"
#include "detloss/v1/loss_service.grpc.pb.h"

namespace detloss::client {

struct Connection {
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::LossService::StubInterface> stub;

  bool IsReady() const;
};

// The connections of a client, which its calls take in turn. Thread-safe.
class Connections {
 public:
  // `several_servers`: the channels do not all lead to the same server. REQUIRES: !channels.empty()
  Connections(const Channels& channels, bool several_servers);

  // The connection whose turn it is: of several servers, one that is connected and serves, if there
  // is any.
  const Connection& Next() const;

  // The connection for another attempt of a call that failed on `failed`: of several servers the
  // next one, else the same.
  const Connection& After(const Connection& failed) const;

  // Waits before that attempt, but only until there is a server to call: a lost connection is back,
  // or another server is there.
  void Wait(const Connection& failed, absl::Duration duration) const;

 private:
  bool AnyIsReady() const;

  std::vector<Connection> connections_;
  bool several_servers_;
  mutable std::atomic<size_t> turn_ = 0;
};

}  // namespace detloss::client

#endif  // DETLOSS_CLIENT_CPP_CONNECTIONS_H_
