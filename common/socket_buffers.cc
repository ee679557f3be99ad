// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "common/socket_buffers.h"

#include <grpc/support/sync.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/version_info.h>
#include <sys/socket.h>

#include <memory>
#include <vector>

// gRPC shows every socket to an object that a program gives it, before it is used. Its public
// headers name the type of the object and take one, but do not define it. These are its definitions
// in the version that is named; with another one, sockets keep the buffers of the system.
#if GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR == 51
#define DETLOSS_HAS_SOCKET_MUTATOR

struct grpc_mutate_socket_info {
  int fd;
  int usage;  // of a client, of a server, or to listen on
};

struct grpc_socket_mutator_vtable {
  bool (*mutate_fd)(int fd, grpc_socket_mutator* mutator);  // used where the last one is null
  int (*compare)(grpc_socket_mutator* left, grpc_socket_mutator* right);
  void (*destroy)(grpc_socket_mutator* mutator);
  bool (*mutate_fd_2)(const grpc_mutate_socket_info* socket, grpc_socket_mutator* mutator);
};

struct grpc_socket_mutator {
  const grpc_socket_mutator_vtable* vtable;
  gpr_refcount references;
};
#endif

namespace detloss {

#ifdef DETLOSS_HAS_SOCKET_MUTATOR
namespace {

// Never fails: a connection with small buffers is better than none.
bool RaiseBuffers(const grpc_mutate_socket_info* socket, grpc_socket_mutator* /*mutator*/) {
  int domain = 0;
  socklen_t size = sizeof domain;
  if (getsockopt(socket->fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX) {
    setsockopt(socket->fd, SOL_SOCKET, SO_SNDBUF, &kUnixSocketBytes, sizeof kUnixSocketBytes);
  }
  return true;
}

// There is one only.
int Compare(grpc_socket_mutator* /*left*/, grpc_socket_mutator* /*right*/) { return 0; }
void Destroy(grpc_socket_mutator* /*mutator*/) {}

constexpr grpc_socket_mutator_vtable kVtable = {nullptr, Compare, Destroy, RaiseBuffers};

grpc_socket_mutator* TheMutator() {
  static auto& mutator = *new grpc_socket_mutator([] {
    grpc_socket_mutator made = {&kVtable, {}};
    gpr_ref_init(&made.references, 1);
    return made;
  }());
  return &mutator;
}

}  // namespace

void RaiseSocketBuffers(grpc::ChannelArguments& arguments) {
  gpr_ref(&TheMutator()->references);  // which the arguments take
  arguments.SetSocketMutator(TheMutator());
}
#else
void RaiseSocketBuffers(grpc::ChannelArguments& /*arguments*/) {}
#endif

namespace {

// An option of a builder, which takes no pointers among its arguments otherwise.
class RaisedSocketBuffers final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments* arguments) override {
    RaiseSocketBuffers(*arguments);
  }
  void UpdatePlugins(
      std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* /*plugins*/) override {}
};

}  // namespace

void RaiseSocketBuffers(grpc::ServerBuilder& builder) {
  builder.SetOption(std::make_unique<RaisedSocketBuffers>());
}

}  // namespace detloss
