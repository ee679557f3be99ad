// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/soak/open_load.h"

#include <grpcpp/generic/generic_stub.h>

#include <mutex>
#include <optional>
#include <random>
#include <thread>

#include "tests/bench/timing.h"

namespace detloss::bench {
namespace {

Clock::duration Seconds(double seconds) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

// One of the calls that are outstanding; used again when it has ended.
struct Call {
  std::optional<grpc::ClientContext> context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  grpc::ByteBuffer reply;
  grpc::Status status;
  Clock::time_point arrival;
};

class OpenLoad {
 public:
  OpenLoad(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
           const OpenLoadOptions& options)
      : options_(options), calls_(options.outstanding_max), random_(options.seed) {
    for (const auto& channel : channels) stubs_.emplace_back(channel);
    for (Call& call : calls_) idle_.push_back(&call);
  }

  OpenLoadReport Run() {
    const Clock::time_point begin = Clock::now();
    measured_ = begin + Seconds(options_.warm_up_seconds);
    end_ = measured_ + Seconds(options_.seconds);
    {
      const std::jthread receiver([this] { Receive(); });
      std::exponential_distribution<double> gap(options_.rate);
      for (Clock::time_point arrival = begin; arrival < end_; arrival += Seconds(gap(random_))) {
        std::this_thread::sleep_until(arrival);
        Arrive(arrival);
      }
      // After the last call has ended, the queue does.
      queue_.Shutdown();
    }
    return std::move(report_);
  }

 private:
  void Arrive(Clock::time_point arrival) {
    const bool counts = arrival >= measured_;
    report_.arrivals += counts;
    Call* const call = TakeIdle();
    if (call == nullptr) {
      report_.unsent += counts;
      return;
    }
    if (counts) report_.lags.push_back(SecondsSince(arrival));
    call->arrival = arrival;
    Send(*call);
  }

  void Send(Call& call) {
    call.reader.reset();  // before the memory that it lies in
    call.context.emplace();
    for (const auto& [key, value] : options_.metadata) call.context->AddMetadata(key, value);
    call.context->set_deadline(std::chrono::system_clock::now() +
                               Seconds(options_.deadline_seconds));
    grpc::GenericStub& stub = stubs_[turn_++ % stubs_.size()];
    call.reader = stub.PrepareUnaryCall(&*call.context, options_.method, options_.request, &queue_);
    call.reader->StartCall();
    call.reader->Finish(&call.reply, &call.status, &call);
  }

  void Receive() {
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
      Call& call = *static_cast<Call*>(tag);
      Note(call);
      call.reply.Clear();
      const std::lock_guard lock(mutex_);
      idle_.push_back(&call);
    }
  }

  void Note(const Call& call) {
    const Clock::time_point now = Clock::now();
    report_.answered_in_time += call.status.ok() && now >= measured_ && now < end_;
    if (call.arrival < measured_) return;
    report_.latencies[call.status.error_code()].push_back(SecondsSince(call.arrival));
  }

  // Null when all calls are outstanding.
  Call* TakeIdle() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return nullptr;
    Call* const call = idle_.back();
    idle_.pop_back();
    return call;
  }

  const OpenLoadOptions& options_;
  std::vector<grpc::GenericStub> stubs_;
  grpc::CompletionQueue queue_;
  std::vector<Call> calls_;
  std::mutex mutex_;
  std::vector<Call*> idle_;  // guarded by mutex_
  std::minstd_rand random_;
  Clock::time_point measured_;
  Clock::time_point end_;
  size_t turn_ = 0;
  OpenLoadReport report_;  // each thread has members of its own
};

}  // namespace

OpenLoadReport RunOpenLoad(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                           const OpenLoadOptions& options) {
  return OpenLoad(channels, options).Run();
}

}  // namespace detloss::bench
