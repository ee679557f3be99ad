// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Unix sockets with larger buffers than the system's default, for gRPC to be given.

#ifndef DETLOSS_TESTS_BENCH_UNIX_SOCKET_H_
#define DETLOSS_TESTS_BENCH_UNIX_SOCKET_H_

#include <string>

namespace detloss::bench {

// Each returns a file descriptor of the caller's, or throws.
int ListenUnix(const std::string& path);
int AcceptUnix(int listener);
int ConnectUnix(const std::string& path);

}  // namespace detloss::bench

#endif  // DETLOSS_TESTS_BENCH_UNIX_SOCKET_H_
