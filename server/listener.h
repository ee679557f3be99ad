// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_LISTENER_H_
#define DETLOSS_SERVER_LISTENER_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "server/connections.h"
#include "server/socket.h"

namespace detloss {

// Accepts connections, on a thread of its own that sleeps otherwise. gRPC 1.51 stops listening for
// good when it runs out of descriptors, and takes any number of connections.
class Listener {
 public:
  // Takes over a connection.
  using Take = std::function<void(int descriptor, bool is_unix)>;

  // At most `connections_max` are open at a time; more are closed as soon as they come. One whose
  // peer takes nothing for `transfer_timeout` is closed, too, unless it is of a Unix socket.
  explicit Listener(size_t connections_max,
                    std::chrono::milliseconds transfer_timeout = std::chrono::minutes(1));
  ~Listener() { Stop(); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Listens on one more address; connections wait until Start(). REQUIRES: CheckAddress() is OK.
  //
  // Errors: UNAVAILABLE, with the reason, for an address that cannot be had.
  absl::Status Listen(const std::string& address);

  // The addresses, with the ports that were taken for port 0.
  const std::vector<std::string>& addresses() const { return addresses_; }

  void Start(Take take);

  // Closes the sockets: from now on nobody can connect. Connections stay open.
  void Stop();

  // Ends the connections, also in the midst of a message. REQUIRES: Stop() has returned. A socket
  // that the process opens meanwhile may be taken for one of them.
  void CutOff() { connections_.CutOff(); }

  size_t open_count() { return connections_.Count(); }

  // Connections that were closed for lack of room.
  int64_t refused_count() const { return refused_.load(std::memory_order_relaxed); }

 private:
  void Run();
  bool AcceptAll(const Descriptor& listening);
  void Refuse(int descriptor);

  const size_t connections_max_;
  const std::chrono::milliseconds transfer_timeout_;
  std::vector<Descriptor> sockets_;
  std::vector<std::string> addresses_;
  std::vector<std::string> paths_;  // of Unix sockets, to be removed
  Connections connections_;
  std::atomic<int64_t> refused_ = 0;
  Take take_;
  Descriptor stop_;  // becomes readable when the thread is to end
  std::thread thread_;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_LISTENER_H_
