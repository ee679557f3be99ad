// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_POLLER_H_
#define DETLOSS_SERVER_POLLER_H_

#include <grpcpp/completion_queue.h>

#include <atomic>
#include <cstdint>
#include <thread>

namespace detloss {

// Polls a queue, whose tags are events, until it has been shut down and is empty.
//
// gRPC reads from sockets in the thread that polls. While a client sends without end, that thread
// reads and hands over nothing, and calls pile up. So there is a second thread, which polls only
// when the first has worked for some time without handing over anything: two that polled all the
// time would wake each other for every call, which costs a third of all small requests.
class Poller {
 public:
  // The queue must outlive it.
  explicit Poller(grpc::CompletionQueue& queue);
  ~Poller();  // REQUIRES: the queue has been shut down
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

 private:
  void Poll();
  void WatchOver();
  void Relieve();

  grpc::CompletionQueue& queue_;
  std::atomic<int64_t> handed_over_ = 0;  // by the first thread
  std::atomic<bool> relief_ended_ = false;
  std::thread polling_;
  std::thread relief_;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_POLLER_H_
