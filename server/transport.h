// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The transport: completion queues, the threads that poll them, and what calls share. Every method
// is generic to gRPC: calls come in by one door (door.h), and only the functions of compute.h know
// of messages.

#ifndef DETLOSS_SERVER_TRANSPORT_H_
#define DETLOSS_SERVER_TRANSPORT_H_

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_set>
#include <vector>

#include "absl/functional/function_ref.h"
#include "server/access.h"
#include "server/admission.h"
#include "server/call_clock.h"
#include "server/call_list.h"
#include "server/compute.h"
#include "server/cost_model.h"
#include "server/gate.h"
#include "server/health.h"
#include "server/logging.h"
#include "server/memory_pressure.h"
#include "server/metrics.h"
#include "server/poller.h"
#include "server/rest_watch.h"

namespace detloss {

class StreamCall;

// What is held at a moment on behalf of callers. All is 0 when nobody calls.
struct Ledger {
  int64_t requests = 0;   // calls and items that are not answered
  int64_t admitted = 0;   // the same, and calls that stay open
  int64_t bytes = 0;      // that they hold
  int64_t announced = 0;  // bytes that are to come
  size_t buffers = 0;     // of replies, with gRPC
  absl::Duration work;    // that waits for threads, as far as it was estimated
};

// Owns the queues, their threads and the threads of large requests.
class Transport {
 public:
  // `access` decides about every call. `pressure` takes the place of the memory of the process;
  // tests have their own.
  Transport(const ServerOptions& options, const Access& access, Metrics& metrics, Log& log,
            PressureSource pressure = nullptr);
  // Stops, if Start() was called and Stop() was not. REQUIRES: as Stop().
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

  // The connections are about to be cut off: what is still being written arrives nowhere.
  void NoteCutOff() { cut_off_ = true; }
  bool cut_off() const { return cut_off_; }

  // Waits for the last call and ends the threads. REQUIRES: the server has been shut down.
  void Stop();

  // Asks for room for a request, whose bytes are there.
  absl::Status Admit(const grpc::ByteBuffer& request, const CallClock& clock,
                     Admission::Ticket& ticket);

  // The same for an item of a stream, which has no ticket before.
  absl::Status AdmitItem(const grpc::ByteBuffer& item, const CallClock& clock,
                         Admission::Ticket& ticket);

  // Runs `work` here if the request is small, else on the pool, so that small requests never wait
  // behind large ones.
  void Dispatch(size_t request_bytes, std::function<void(const Environment&)> work);

  // Ends a request: metrics and log.
  void Record(const RequestRecord& record);

  grpc::AsyncGenericService& service() { return service_; }
  Health& health() { return health_; }
  const Access& access() const { return access_; }
  Metrics& metrics() { return metrics_; }
  const ServerOptions& options() const { return in_place_.options; }

  Ledger ledger() const;

  // Where calls ask whether they may begin.
  Gate& gate() { return gate_; }

  // Where calls ask for room.
  Admission& admission() { return admission_; }

  // Every call, from when it waits for a caller: Stop() waits for them.
  CallList& calls() { return calls_; }

  // A message is on its way.
  void NoteTransfer() { transfer_watch_->Note(); }

  // Streams announce themselves when they begin, for Drain() to tell them. A stream must not be
  // deleted before RemoveStream() has returned.
  void AddStream(StreamCall& stream);
  void RemoveStream(StreamCall& stream);

 private:
  bool IsBusy(bool noted) const;
  bool EndOverdue(bool noted);
  bool WaitsForThreads(size_t bytes) const;
  Demand DemandOf(size_t bytes, absl::FunctionRef<RequestOutline()> outline) const;

  const Access& access_;
  Metrics& metrics_;
  Log& log_;
  Environment in_place_;  // on the polling thread alone
  Environment on_pool_;
  const CostModel costs_;
  MemoryPressure memory_;
  Admission admission_;
  CallList calls_;
  RestWatch rest_watch_;                     // gives memory back to the system
  std::optional<RestWatch> transfer_watch_;  // ends what is overdue
  grpc::AsyncGenericService service_;
  Health health_;
  std::vector<std::unique_ptr<grpc::ServerCompletionQueue>> queues_;
  std::vector<std::unique_ptr<Poller>> pollers_;
  Gate gate_;
  std::atomic<bool> cut_off_ = false;

  std::mutex streams_mutex_;
  std::unordered_set<StreamCall*> streams_;

  ThreadPool threads_;  // last: it ends first, and what runs there refers to the rest
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_TRANSPORT_H_
