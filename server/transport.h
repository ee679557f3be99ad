// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The transport: completion queues, the threads that poll them, and the calls that live on them.
// The methods are raw, so that only the functions of compute.h know of messages.

#ifndef DETLOSS_SERVER_TRANSPORT_H_
#define DETLOSS_SERVER_TRANSPORT_H_

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

#include "core/happens_before.h"
#include "detloss/v1/loss_service.grpc.pb.h"
#include "server/compute.h"
#include "server/gate.h"
#include "server/health.h"
#include "server/logging.h"
#include "server/metrics.h"
#include "server/rest_watch.h"

namespace detloss {

// The service with raw methods: each of `Raw` is a layer of the generated code around the next.
template <template <class> class... Raw>
struct Layers {
  using Service = v1::LossService::Service;
};
template <template <class> class First, template <class> class... Rest>
struct Layers<First, Rest...> {
  using Service = First<typename Layers<Rest...>::Service>;
};
using RawService = Layers<
#define UNARY_METHOD(name) v1::LossService::WithRawMethod_##name,
#include "server/methods.inc"
#undef UNARY_METHOD
    v1::LossService::WithRawMethod_StreamComputeLoss>::Service;

// What a completion queue reports to: an operation of a call.
class Event {
 public:
  // What gRPC takes for the event. To be made when the operation starts and all that it needs is
  // there.
  void* Tag() {
    Release(this);
    return this;
  }

  // The event of a tag that came out of a queue.
  static Event& Of(void* tag) {
    Acquire(tag);
    return *static_cast<Event*>(tag);
  }

  virtual void Proceed(bool ok) = 0;

 protected:
  ~Event() = default;
};

// An event that calls a member function of its call.
template <class Call>
class CallEvent final : public Event {
 public:
  CallEvent(Call& call, void (Call::*handler)(bool)) : call_(call), handler_(handler) {}
  void Proceed(bool ok) override { (call_.*handler_)(ok); }

 private:
  Call& call_;
  void (Call::*const handler_)(bool);
};

class StreamCall;

// Owns the queues, their threads and the threads of large requests.
class Transport {
 public:
  Transport(const ServerOptions& options, Metrics& metrics, Log& log);
  // REQUIRES: Stop() has returned, or Start() was never called.
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // Adds the services and the queues to a server that is being built.
  void Register(grpc::ServerBuilder& builder);

  // Accepts calls.
  void Start();

  // Refuses new calls, has streams end after the items that they have read, and waits until all
  // calls that were there are answered, at most for `timeout`.
  void Drain(std::chrono::milliseconds timeout);

  // Waits for the last call and ends the threads. REQUIRES: the server has been shut down.
  void Stop();

  // Runs `work` here if the request is small, else on the pool, so that small requests never wait
  // behind large ones.
  void Dispatch(size_t request_bytes, std::function<void(const Environment&)> work);

  // Ends a request: metrics and log.
  void Record(const RequestRecord& record);

  RawService& service() { return service_; }
  grpc::AsyncGenericService& other_methods() { return other_methods_; }
  Health& health() { return health_; }
  Metrics& metrics() { return metrics_; }
  const ServerOptions& options() const { return in_place_.options; }

  // Where the tensors of replies are, until gRPC is done with them.
  const BufferPool& buffers() const { return in_place_.buffers; }

  // Where calls ask whether they may begin.
  Gate& gate() { return gate_; }

  // Calls announce themselves as soon as they wait for a caller, for Stop() to wait for them.
  void AddCall();
  void RemoveCall();

  // Streams announce themselves when they begin, for Drain() to tell them. A stream must not be
  // deleted before RemoveStream() has returned.
  void AddStream(StreamCall& stream);
  void RemoveStream(StreamCall& stream);

 private:
  Metrics& metrics_;
  Log& log_;
  Environment in_place_;  // on the polling thread alone
  Environment on_pool_;
  RestWatch rest_watch_;  // gives memory back to the system
  RawService service_;
  grpc::AsyncGenericService other_methods_;
  Health health_;
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues_;
  std::vector<std::thread> pollers_;
  Gate gate_;

  std::mutex calls_mutex_;
  std::condition_variable last_call_ended_;
  int64_t calls_ = 0;

  std::mutex streams_mutex_;
  std::unordered_set<StreamCall*> streams_;

  ThreadPool threads_;  // last: it ends first, and what runs there refers to the rest
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_TRANSPORT_H_
