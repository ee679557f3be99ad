// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/socket_buffers.h"

namespace detloss {
namespace {

constexpr int kFlags = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;

// NOT_FOUND for an address that this machine does not have.
absl::Status Failed() {
  const int error = errno;
  const bool missing = error == EAFNOSUPPORT || error == EADDRNOTAVAIL;
  return absl::Status(missing ? absl::StatusCode::kNotFound : absl::StatusCode::kUnavailable,
                      std::strerror(error));
}

void SetOption(int descriptor, int level, int name, int value) {
  setsockopt(descriptor, level, name, &value, sizeof value);
}

absl::StatusOr<Descriptor> Listen(int domain, const sockaddr* address, socklen_t size) {
  Descriptor made(socket(domain, kFlags, 0));
  if (made.number() < 0) return Failed();
  // A port whose last connections are still closing is free. Two servers never share one.
  if (domain != AF_UNIX) SetOption(made.number(), SOL_SOCKET, SO_REUSEADDR, 1);
  // "[::]" takes calls by IPv4, too.
  if (domain == AF_INET6) SetOption(made.number(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (bind(made.number(), address, size) != 0) return Failed();
  if (listen(made.number(), SOMAXCONN) != 0) return Failed();
  return made;
}

// Whether somebody listens on it.
bool IsTaken(const sockaddr_un& name) {
  const Descriptor probe(socket(AF_UNIX, kFlags, 0));
  const int result = connect(probe.number(), reinterpret_cast<const sockaddr*>(&name), sizeof name);
  return result == 0 || errno == EAGAIN;
}

int PortOf(const Descriptor& bound) {
  sockaddr_storage address = {};
  socklen_t size = sizeof address;
  getsockname(bound.number(), reinterpret_cast<sockaddr*>(&address), &size);
  // The port is in the same place in both families.
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

struct FreeAddresses {
  void operator()(addrinfo* addresses) const { freeaddrinfo(addresses); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

absl::StatusOr<Addresses> Resolve(const std::string& host, int port) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), absl::StrCat(port).c_str(), &hints, &found);
  if (error != 0) return absl::UnavailableError(gai_strerror(error));
  return Addresses(found);
}

}  // namespace

absl::StatusOr<Descriptor> ListenOnPath(absl::string_view path) {
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.data(), path.size());
  if (IsTaken(name)) return absl::UnavailableError("another process listens on it");
  struct stat status = {};
  if (lstat(name.sun_path, &status) == 0 && S_ISSOCK(status.st_mode)) unlink(name.sun_path);
  return Listen(AF_UNIX, reinterpret_cast<const sockaddr*>(&name), sizeof name);
}

absl::StatusOr<std::vector<Descriptor>> ListenOnHost(const std::string& host, int& port) {
  const absl::StatusOr<Addresses> addresses = Resolve(host, port);
  if (!addresses.ok()) return addresses.status();
  std::vector<Descriptor> sockets;
  absl::Status status = absl::UnavailableError("it stands for no address");
  for (const addrinfo* address = addresses->get(); address; address = address->ai_next) {
    auto* internet = reinterpret_cast<sockaddr_in*>(address->ai_addr);
    internet->sin_port = htons(static_cast<uint16_t>(port));
    absl::StatusOr<Descriptor> made =
        Listen(address->ai_family, address->ai_addr, address->ai_addrlen);
    if (absl::IsNotFound(made.status())) {
      status = made.status();
      continue;
    }
    if (!made.ok()) return made.status();
    port = PortOf(*made);
    sockets.push_back(*std::move(made));
  }
  // A machine without IPv6 still has a localhost.
  if (sockets.empty()) return status;
  return sockets;
}

bool IsUnixSocket(int descriptor) {
  int domain = 0;
  socklen_t size = sizeof domain;
  return getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX;
}

void PrepareConnection(int descriptor, bool is_unix, std::chrono::milliseconds transfer_timeout) {
  if (is_unix) {
    SetOption(descriptor, SOL_SOCKET, SO_SNDBUF, kUnixSocketBytes);
  } else {
    SetOption(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    SetOption(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT,
              static_cast<int>(transfer_timeout.count()));
  }
}

}  // namespace detloss
