// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/transport.h"

#include <algorithm>

#include "common/allocator.h"
#include "server/access_log.h"
#include "server/call.h"
#include "server/stream_call.h"

namespace detloss {
namespace {

// More queues than this cost more in hand-overs than they bring.
constexpr unsigned kCoresPerQueue = 4;

// The least that a byte of a request costs a compute thread.
const absl::Duration kWorkOfByte = absl::Nanoseconds(0.25);

// Requests in flight that one thread cannot keep up with.
constexpr int64_t kCrowd = 256;

// Calls that gRPC has received but not handed over are neither inside nor refused yet. They come
// one by one within this time; a crowd that calls again and again is not waited for.
constexpr std::chrono::milliseconds kQuiet{50};
constexpr std::chrono::milliseconds kQuietMax{500};

// Memory is kept for the next request, but not for longer than this without any.
constexpr std::chrono::seconds kRest{1};
constexpr int64_t kKeptBytesMax = int64_t{512} << 20;
constexpr int64_t kIdleBytesMax = int64_t{128} << 20;  // of buffers of replies

// How often those messages are looked at that are on their way.
constexpr std::chrono::milliseconds kTransferLook{500};

size_t SizeOf(const grpc::ByteBuffer& bytes) { return bytes.Valid() ? bytes.Length() : 0; }

size_t QueueCount() { return std::max(1u, std::thread::hardware_concurrency() / kCoresPerQueue); }

size_t IdleBytesMax(const ServerOptions& options) {
  return static_cast<size_t>(std::min(kIdleBytesMax, options.in_flight_bytes_max / 8));
}

Budget BudgetOf(const ServerOptions& options) {
  return {options.in_flight_requests_max, options.in_flight_bytes_max, options.queue_time_max,
          options.compute_threads, options.inline_bytes_max};
}

}  // namespace

Transport::Transport(const ServerOptions& options, const Access& access, Metrics& metrics, Log& log,
                     PressureSource pressure)
    : access_(access),
      metrics_(metrics),
      log_(log),
      in_place_{options, nullptr, BufferPool(IdleBytesMax(options))},
      on_pool_{options, &threads_, in_place_.buffers},
      costs_(CostModel::Measure()),
      memory_(options.memory_bytes_max),
      admission_(
          BudgetOf(options),
          pressure != nullptr ? std::move(pressure) : [this] { return memory_.Level(); }),
      rest_watch_(
          kRest, [this](bool noted) { return IsBusy(noted); },
          [this] {
            in_place_.buffers.Trim();
            ReleaseFreeMemory();
          }),
      transfer_watch_(
          std::in_place, kTransferLook, [this](bool noted) { return EndOverdue(noted); }, [] {}),
      threads_(options.compute_threads) {}

Transport::~Transport() {
  if (!pollers_.empty()) Stop();
}

void Transport::Register(grpc::ServerBuilder& builder) {
  builder.RegisterAsyncGenericService(&service_);
  for (size_t i = 0; i < QueueCount(); ++i) queues_.push_back(builder.AddCompletionQueue());
}

void Transport::Start() {
  for (const auto& queue : queues_) {
    Call::Await(*this, *queue);
    pollers_.push_back(
        std::make_unique<Poller>(*queue, [this] { return metrics_.in_flight() > kCrowd; }));
  }
}

// Also at rest, as far as memory is concerned, is who keeps far more than is in use: a call a
// second would keep what one burst needed.
bool Transport::IsBusy(bool noted) const {
  const Ledger held = ledger();
  const int64_t limit = memory_.limit();
  const int64_t kept_max = limit > 0 ? std::min(kKeptBytesMax, limit / 4) : kKeptBytesMax;
  if (memory_.ResidentBytes() - held.bytes > kept_max) return false;
  return noted || held.requests > 0 || held.buffers > 0;
}

// Whether messages are on their way, besides those whose calls end here.
bool Transport::EndOverdue(bool noted) {
  const auto limit = absl::ToChronoNanoseconds(options().transfer_timeout);
  return calls_.EndOverdue(Transfer::Clock::now() - limit) || noted;
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
  calls_.WaitUntilEmpty();
  transfer_watch_.reset();  // which may hold the last call still
  for (const auto& queue : queues_) queue->Shutdown();
  pollers_.clear();
}

bool Transport::WaitsForThreads(size_t bytes) const {
  return bytes > static_cast<size_t>(options().inline_bytes_max);
}

// What is computed where it arrives waits for nobody, and its reply is there at once.
Demand Transport::DemandOf(size_t bytes, absl::FunctionRef<RequestOutline()> outline) const {
  const auto size = static_cast<int64_t>(bytes);
  if (!WaitsForThreads(bytes)) return {size, absl::ZeroDuration()};
  const RequestOutline what = outline();
  // Whatever it is, its bytes are gone through.
  return {size + ExtraBytes(what), std::max(costs_.WorkOf(what), size * kWorkOfByte)};
}

absl::Status Transport::Admit(const grpc::ByteBuffer& request, const CallClock& clock,
                              Admission::Ticket& ticket) {
  const Demand demand =
      DemandOf(SizeOf(request), [&] { return OutlineRequest(request, options().terms_max); });
  return admission_.Raise(demand, clock.deadline(), ticket);
}

absl::Status Transport::AdmitItem(const grpc::ByteBuffer& item, const CallClock& clock,
                                  Admission::Ticket& ticket) {
  const Demand demand =
      DemandOf(SizeOf(item), [&] { return OutlineItem(item, options().terms_max); });
  absl::StatusOr<Admission::Ticket> entered = admission_.Enter({});
  if (!entered.ok()) return entered.status();
  ticket = *std::move(entered);
  return admission_.Raise(demand, clock.deadline(), ticket);
}

Ledger Transport::ledger() const {
  const Admission::Held held = admission_.held();
  return {.requests = metrics_.in_flight(),
          .admitted = held.requests + held.watches,
          .bytes = held.bytes,
          .announced = held.announced,
          .buffers = in_place_.buffers.stats().lent,
          .work = held.work};
}

void Transport::Dispatch(size_t request_bytes, std::function<void(const Environment&)> work) {
  if (!WaitsForThreads(request_bytes)) {
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
