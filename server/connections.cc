// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/connections.h"

#include <sys/socket.h>
#include <sys/stat.h>

namespace detloss {
namespace {

// The number of a socket, which no other has at the time; 0 if the descriptor leads to none.
ino_t SocketOf(int descriptor) {
  struct stat status = {};
  if (fstat(descriptor, &status) != 0 || !S_ISSOCK(status.st_mode)) return 0;
  return status.st_ino;
}

}  // namespace

bool Connections::Add(int descriptor, size_t max) {
  const std::lock_guard lock(mutex_);
  if (sockets_.size() >= max) ForgetClosed();
  if (sockets_.size() >= max) return false;
  sockets_[descriptor] = SocketOf(descriptor);
  return true;
}

size_t Connections::Count() {
  const std::lock_guard lock(mutex_);
  ForgetClosed();
  return sockets_.size();
}

void Connections::CutOff() {
  const std::lock_guard lock(mutex_);
  ForgetClosed();
  for (const auto& [descriptor, socket] : sockets_) shutdown(descriptor, SHUT_RDWR);
}

void Connections::ForgetClosed() {
  std::erase_if(sockets_, [](const auto& entry) { return SocketOf(entry.first) != entry.second; });
}

}  // namespace detloss
