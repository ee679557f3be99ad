// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/transport.h"

#include <algorithm>

#include "server/access_log.h"
#include "server/stream_call.h"
#include "server/unary_call.h"

namespace detloss {
namespace {

// More pollers than this cost more in hand-overs than they bring.
constexpr unsigned kCoresPerPoller = 4;

size_t PollerCount() { return std::max(1u, std::thread::hardware_concurrency() / kCoresPerPoller); }

}  // namespace

Transport::Transport(const ServerOptions& options, Metrics& metrics, Log& log)
    : metrics_(metrics),
      log_(log),
      threads_(options.compute_threads),
      in_place_{options, nullptr},
      on_pool_{options, &threads_} {}

Transport::~Transport() = default;

void Transport::Register(grpc::ServerBuilder& builder) {
  builder.RegisterService(&service_);
  for (size_t i = 0; i < PollerCount(); ++i) queues_.push_back(builder.AddCompletionQueue());
}

void Transport::Start() {
  for (const auto& queue : queues_) {
    for (const UnaryRow& row : UnaryRows()) UnaryCall::Await(row, *this, *queue);
    StreamCall::Await(*this, *queue);
    pollers_.emplace_back([this, &queue] { Poll(*queue); });
  }
}

void Transport::Poll(grpc::ServerCompletionQueue& queue) {
  void* event = nullptr;
  bool ok = false;
  while (queue.Next(&event, &ok)) static_cast<Event*>(event)->Proceed(ok);
}

void Transport::RemoveCall() {
  if (calls_.fetch_sub(1) == 1) calls_.notify_all();
}

void Transport::Stop() {
  for (int64_t left = calls_.load(); left != 0; left = calls_.load()) calls_.wait(left);
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
}

}  // namespace detloss
