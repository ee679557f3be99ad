// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_POLLER_H_
#define DETLOSS_SERVER_POLLER_H_

#include <grpcpp/completion_queue.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>

namespace detloss {

// Polls a queue, whose tags are events, until it has been shut down and is empty.
//
// gRPC reads from sockets in the thread that polls. While a client sends without end, that thread
// reads from it and from nobody else, and calls pile up. So there is a second thread, which polls,
// too, when the first has worked for some time without handing over anything, or there is a crowd
// of calls. Two that polled all the time would wake each other for every call, which costs a third
// of all small requests.
class Poller {
 public:
  // The queue must outlive it. is_crowded() tells whether far more calls are there than a thread
  // has at a time; it is asked while there is work.
  Poller(grpc::CompletionQueue& queue, std::function<bool()> is_crowded);
  ~Poller();  // REQUIRES: the queue has been shut down
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

 private:
  void Poll();
  void WatchOver();
  void Relieve();

  grpc::CompletionQueue& queue_;
  const std::function<bool()> is_crowded_;
  std::atomic<int64_t> handed_over_ = 0;  // by the first thread
  std::atomic<bool> relief_ended_ = false;
  std::thread polling_;
  std::thread relief_;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_POLLER_H_
