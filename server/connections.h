// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_CONNECTIONS_H_
#define DETLOSS_SERVER_CONNECTIONS_H_

#include <sys/types.h>

#include <cstddef>
#include <mutex>
#include <unordered_map>

namespace detloss {

// The connections that are open, of which gRPC tells nothing once it has their descriptors. A
// descriptor is still that of the connection as long as it leads to the same socket. Thread-safe.
class Connections {
 public:
  // Notes a connection, unless there are `max` of them.
  bool Add(int descriptor, size_t max);

  // How many are open now: looks at each.
  size_t Count();

  // Ends each, also in the midst of a message. gRPC then closes the descriptors.
  void CutOff();

 private:
  void ForgetClosed();  // REQUIRES: mutex_ is held

  std::mutex mutex_;
  std::unordered_map<int, ino_t> sockets_;  // by descriptor; some may be closed by now
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_CONNECTIONS_H_
