// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/unix_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace detloss::bench {
namespace {

constexpr int kBufferBytes = 4 << 20;

int Check(int result, const std::string& what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::length_error(path);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

int MakeSocket() { return Check(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"); }

// The system bounds the size, and gRPC wants no socket that blocks.
int Prepared(int socket) {
  setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &kBufferBytes, sizeof kBufferBytes);
  Check(fcntl(socket, F_SETFL, O_NONBLOCK), "fcntl");
  return socket;
}

}  // namespace

int ListenUnix(const std::string& path) {
  const int listener = MakeSocket();
  const sockaddr_un address = AddressOf(path);
  Check(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), path);
  Check(listen(listener, SOMAXCONN), path);
  return listener;
}

int AcceptUnix(int listener) {
  return Prepared(Check(accept4(listener, nullptr, nullptr, SOCK_CLOEXEC), "accept"));
}

int ConnectUnix(const std::string& path) {
  const int connection = MakeSocket();
  const sockaddr_un address = AddressOf(path);
  Check(connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address), path);
  return Prepared(connection);
}

}  // namespace detloss::bench
