// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/transport.h"

#include <algorithm>

#include "common/allocator.h"
#include "server/access_log.h"
#include "server/health_call.h"
#include "server/stream_call.h"
#include "server/unary_call.h"

namespace detloss {
namespace {

// More pollers than this cost more in hand-overs than they bring.
constexpr unsigned kCoresPerPoller = 4;

// Calls that gRPC has received but not handed over are neither inside nor refused yet. They come
// one by one within this time; a crowd that calls again and again is not waited for.
constexpr std::chrono::milliseconds kQuiet{50};
constexpr std::chrono::milliseconds kQuietMax{500};

// Memory is kept for the next request, but not for longer than this without any.
constexpr std::chrono::seconds kRest{1};

size_t PollerCount() { return std::max(1u, std::thread::hardware_concurrency() / kCoresPerPoller); }

void Poll(grpc::ServerCompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  while (queue.Next(&tag, &ok)) Event::Of(tag).Proceed(ok);
}

}  // namespace

Transport::Transport(const ServerOptions& options, Metrics& metrics, Log& log)
    : metrics_(metrics),
      log_(log),
      in_place_{options, nullptr},
      on_pool_{options, &threads_, in_place_.buffers},
      rest_watch_(
          kRest, [this] { return metrics_.in_flight() > 0 || in_place_.buffers.stats().lent > 0; },
          [this] {
            in_place_.buffers.Trim();
            ReleaseFreeMemory();
          }),
      threads_(options.compute_threads) {}

Transport::~Transport() = default;

void Transport::Register(grpc::ServerBuilder& builder) {
  builder.RegisterService(&service_);
  builder.RegisterAsyncGenericService(&other_methods_);
  for (size_t i = 0; i < PollerCount(); ++i) queues_.push_back(builder.AddCompletionQueue());
}

void Transport::Start() {
  for (const auto& queue : queues_) {
    for (const UnaryRow& row : UnaryRows()) UnaryCall::Await(row, *this, *queue);
    StreamCall::Await(*this, *queue);
    HealthCall::Await(*this, *queue);
    pollers_.emplace_back([&queue] { Poll(*queue); });
  }
}

void Transport::AddCall() {
  const std::lock_guard lock(calls_mutex_);
  ++calls_;
}

void Transport::RemoveCall() {
  const std::lock_guard lock(calls_mutex_);
  if (--calls_ == 0) last_call_ended_.notify_all();
}

void Transport::AddStream(StreamCall& stream) {
  const std::lock_guard lock(streams_mutex_);
  streams_.insert(&stream);
}

void Transport::RemoveStream(StreamCall& stream) {
  const std::lock_guard lock(streams_mutex_);
  streams_.erase(&stream);
}

void Transport::Drain(std::chrono::milliseconds timeout) {
  const Gate::Clock::time_point start = Gate::Clock::now();
  gate_.Close();
  {
    // A stream that has ended meanwhile waits here before it deletes itself.
    const std::lock_guard lock(streams_mutex_);
    for (StreamCall* stream : streams_) stream->Drain();
  }
  gate_.WaitUntilEmpty(start + timeout);
  gate_.WaitUntilQuiet(kQuiet, std::min(start + timeout, Gate::Clock::now() + kQuietMax));
}

void Transport::Stop() {
  {
    std::unique_lock lock(calls_mutex_);
    last_call_ended_.wait(lock, [this] { return calls_ == 0; });
  }
  for (const auto& queue : queues_) queue->Shutdown();
  for (std::thread& poller : pollers_) poller.join();
}

void Transport::Dispatch(size_t request_bytes, std::function<void(const Environment&)> work) {
  if (request_bytes <= static_cast<size_t>(options().inline_bytes_max)) {
    work(in_place_);
  } else {
    threads_.Enqueue([this, work = std::move(work)] { work(on_pool_); });
  }
}

void Transport::Record(const RequestRecord& record) {
  metrics_.End(record);
  LogRequest(record, log_);
  rest_watch_.Note();
}

}  // namespace detloss
