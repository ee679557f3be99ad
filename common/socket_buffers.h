// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_COMMON_SOCKET_BUFFERS_H_
#define DETLOSS_COMMON_SOCKET_BUFFERS_H_

#include <grpcpp/support/channel_arguments.h>

namespace grpc {
class ServerBuilder;
}

namespace detloss {

// Bytes of a Unix socket that its sender may be ahead of its receiver. The system's default, 208
// KiB, has the two wake each other several times in every megabyte.
inline constexpr int kUnixSocketBytes = 4 << 20;

// Gives every Unix socket of a channel or server a send buffer of twice that size, or twice
// net.core.wmem_max if that is less. Sockets of TCP, which adapt by themselves, stay as they are.
void RaiseSocketBuffers(grpc::ChannelArguments& arguments);
void RaiseSocketBuffers(grpc::ServerBuilder& builder);

}  // namespace detloss

#endif  // DETLOSS_COMMON_SOCKET_BUFFERS_H_
