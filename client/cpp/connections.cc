// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/connections.h"

#include <algorithm>

#include "absl/time/clock.h"

namespace detloss::client {
namespace {

// How long one of several connections is waited for before the others are looked at.
constexpr absl::Duration kSlice = absl::Milliseconds(10);

void WaitUntil(grpc::Channel& channel, absl::Time time) {
  channel.WaitForConnected(absl::ToChronoTime(time));
}

}  // namespace

bool Connection::IsReady() const {
  return channel->GetState(/*try_to_connect=*/true) == GRPC_CHANNEL_READY;
}

Connections::Connections(const Channels& channels, bool several_servers)
    : several_servers_(several_servers) {
  for (const auto& channel : channels) {
    connections_.push_back({channel, v1::LossService::NewStub(channel)});
  }
}

const Connection& Connections::Next() const {
  const size_t count = connections_.size();
  const size_t turn = turn_.fetch_add(1, std::memory_order_relaxed) % count;
  for (size_t i = 0; several_servers_ && i < count; ++i) {
    const Connection& connection = connections_[(turn + i) % count];
    if (connection.IsReady()) return connection;
  }
  return connections_[turn];
}

const Connection& Connections::After(const Connection& failed) const {
  return several_servers_ ? Next() : failed;
}

bool Connections::AnyIsReady() const {
  return std::any_of(connections_.begin(), connections_.end(),
                     [](const Connection& connection) { return connection.IsReady(); });
}

// gRPC connects in the threads that wait for it: were we to just sleep, it would find the server
// again only every few seconds.
void Connections::Wait(const Connection& failed, absl::Duration duration) const {
  const absl::Time end = absl::Now() + duration;
  if (failed.IsReady()) return absl::SleepFor(duration);
  if (!several_servers_) return WaitUntil(*failed.channel, end);
  while (!AnyIsReady() && absl::Now() < end) {
    WaitUntil(*failed.channel, std::min(end, absl::Now() + kSlice));
  }
}

}  // namespace detloss::client
