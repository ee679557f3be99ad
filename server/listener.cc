// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/listener.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/address.h"

namespace detloss {
namespace {

// When the system has no descriptor for a connection, it waits in the queue for so long.
constexpr int kPauseMs = 50;

// Of one socket before the others have their turn.
constexpr int kAcceptsMax = 64;

// Of the connection, not of the system: the next one may be right.
bool IsOfConnection(int error) {
  return error == ECONNABORTED || error == EINTR || error == EPROTO || error == EPERM;
}

absl::Status Named(absl::string_view address, const absl::Status& status) {
  return absl::UnavailableError(
      absl::StrCat("--listen: cannot listen on ", address, ": ", status.message()));
}

}  // namespace

Listener::Listener(size_t connections_max, std::chrono::milliseconds transfer_timeout)
    : connections_max_(connections_max),
      transfer_timeout_(transfer_timeout),
      stop_(eventfd(0, EFD_CLOEXEC)) {}

absl::Status Listener::Listen(const std::string& address) {
  if (stop_.number() < 0) return Named(address, absl::UnavailableError("no descriptor is free"));
  if (IsUnixAddress(address)) {
    const std::string path(PathOf(address));
    absl::StatusOr<Descriptor> made = ListenOnPath(path);
    if (!made.ok()) return Named(address, made.status());
    sockets_.push_back(*std::move(made));
    paths_.push_back(path);
    addresses_.push_back(address);
    return absl::OkStatus();
  }
  HostPort parts = SplitHostPort(address);
  absl::StatusOr<std::vector<Descriptor>> made = ListenOnHost(parts.host, parts.port);
  if (!made.ok()) return Named(address, made.status());
  for (Descriptor& socket : *made) sockets_.push_back(std::move(socket));
  addresses_.push_back(absl::StrCat(address.substr(0, address.rfind(':') + 1), parts.port));
  return absl::OkStatus();
}

void Listener::Start(Take take) {
  take_ = std::move(take);
  thread_ = std::thread([this] { Run(); });
}

void Listener::Stop() {
  if (thread_.joinable()) {
    eventfd_write(stop_.number(), 1);
    thread_.join();
  }
  // Before the sockets close: afterwards the path may be another server's.
  for (const std::string& path : std::exchange(paths_, {})) unlink(path.c_str());
  sockets_.clear();
}

void Listener::Run() {
  std::vector<pollfd> waited = {{.fd = stop_.number(), .events = POLLIN, .revents = 0}};
  for (const Descriptor& socket : sockets_) {
    waited.push_back({.fd = socket.number(), .events = POLLIN, .revents = 0});
  }
  for (;;) {
    poll(waited.data(), waited.size(), -1);
    if (waited[0].revents != 0) return;
    bool room = true;
    for (size_t i = 0; i < sockets_.size(); ++i) {
      if (waited[i + 1].revents != 0) room = AcceptAll(sockets_[i]) && room;
    }
    if (!room) poll(waited.data(), 1, kPauseMs);
  }
}

// Returns whether the system had room for all that came.
bool Listener::AcceptAll(const Descriptor& listening) {
  for (int i = 0; i < kAcceptsMax; ++i) {
    const int descriptor =
        accept4(listening.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (descriptor < 0) {
      if (IsOfConnection(errno)) continue;
      return errno == EAGAIN || errno == EWOULDBLOCK;
    }
    if (!connections_.Add(descriptor, connections_max_)) {
      Refuse(descriptor);
      continue;
    }
    const bool is_unix = IsUnixSocket(descriptor);
    PrepareConnection(descriptor, is_unix, transfer_timeout_);
    take_(descriptor, is_unix);
  }
  return true;
}

void Listener::Refuse(int descriptor) {
  refused_.fetch_add(1, std::memory_order_relaxed);
  close(descriptor);
}

}  // namespace detloss
