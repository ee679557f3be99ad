// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/admission.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/status.h"

namespace detloss {
namespace {

// Callers come back after a time like that in which there may be room. They add a random part.
constexpr absl::Duration kRetryMin = absl::Milliseconds(10);
constexpr absl::Duration kRetryMax = absl::Seconds(5);

absl::Status OverPressure(double pressure, absl::Duration retry) {
  return OverloadedError(
      absl::StrCat("the memory of the server is ", static_cast<int>(100 * pressure), " % full"),
      retry);
}

}  // namespace

Admission::Admission(const Budget& budget, PressureSource pressure)
    : budget_(budget), pressure_(std::move(pressure)) {}

absl::StatusOr<Admission::Ticket> Admission::Enter(const Arrival& arrival) {
  if (absl::Status status = Check(arrival); !status.ok()) return status;
  absl::StatusOr<Ticket> ticket = Take(requests_, budget_.requests_max, "requests");
  if (!ticket.ok()) return ticket;
  if (absl::Status status = Announce(arrival.announced_bytes, *ticket); !status.ok()) return status;
  return ticket;
}

absl::StatusOr<Admission::Ticket> Admission::EnterWatch() {
  if (absl::Status status = CheckPressure(1); !status.ok()) return status;
  return Take(watches_, std::max<int64_t>(budget_.requests_max / 4, 1), "calls of this method");
}

absl::Status Admission::Check(const Arrival& arrival) const {
  absl::Status status = CheckPressure(arrival.waits_for_threads ? kHighPressure : 1);
  if (arrival.waits_for_threads) status.Update(CheckQueue());
  return status;
}

absl::StatusOr<Admission::Ticket> Admission::Take(std::atomic<int64_t>& count, int64_t max,
                                                  absl::string_view what) {
  if (count.fetch_add(1, std::memory_order_relaxed) < max) return Ticket(*this, count);
  count.fetch_sub(1, std::memory_order_relaxed);
  return OverloadedError(absl::StrCat("the server has ", max, " ", what, " in flight, its limit"),
                         RetryDelay());
}

absl::Status Admission::Raise(const Demand& demand, Deadline deadline, Ticket& ticket) {
  announced_.fetch_sub(std::exchange(ticket.announced_, 0), std::memory_order_relaxed);
  if (absl::Status status = TakeBytes(demand.bytes, ticket); !status.ok()) return status;
  if (demand.work == absl::ZeroDuration()) return absl::OkStatus();
  if (absl::Status status = CheckPressure(kHighPressure); !status.ok()) return status;
  if (absl::Status status = CheckQueue(); !status.ok()) return status;
  const absl::Duration wait = Queue();
  const absl::Duration time = wait + demand.work / budget_.compute_threads;
  // Estimates may be twice too long; what cannot be met by then never can.
  if (absl::Now() + time / 2 > absl::FromChrono(deadline)) {
    return MakeError(Reason::kDeadlineExceeded,
                     absl::StrCat("the deadline cannot be met: the result takes about ",
                                  absl::ToInt64Milliseconds(time) + 1, " ms, of which ",
                                  absl::ToInt64Milliseconds(wait), " are for other requests"));
  }
  ticket.work_ns_ = absl::ToInt64Nanoseconds(demand.work);
  work_ns_.fetch_add(ticket.work_ns_, std::memory_order_relaxed);
  return absl::OkStatus();
}

Admission::Held Admission::held() const {
  return {requests_.load(std::memory_order_relaxed), watches_.load(std::memory_order_relaxed),
          bytes_.load(std::memory_order_relaxed), announced_.load(std::memory_order_relaxed),
          absl::Nanoseconds(work_ns_.load(std::memory_order_relaxed))};
}

absl::Duration Admission::Queue() const { return held().work / budget_.compute_threads; }

absl::Status Admission::CheckPressure(double pressure_max) const {
  const double pressure = pressure_();
  if (pressure < pressure_max) return absl::OkStatus();
  return OverPressure(pressure, RetryDelay());
}

absl::Status Admission::CheckQueue() const {
  const absl::Duration wait = Queue();
  if (wait <= budget_.queue_max) return absl::OkStatus();
  return OverloadedError(
      absl::StrCat("requests wait ", absl::ToInt64Milliseconds(wait),
                   " ms for their turn, the limit is ", absl::FormatDuration(budget_.queue_max)),
      RetryDelay());
}

absl::Status Admission::CheckSize(int64_t bytes) const {
  if (bytes <= budget_.bytes_max) return absl::OkStatus();
  return MakeError(Reason::kLimitExceeded,
                   absl::StrCat("the request and its reply hold ", bytes,
                                " bytes, the limit of the server is ", budget_.bytes_max));
}

absl::Status Admission::CheckRoom(int64_t bytes, int64_t others) const {
  const bool small = bytes <= budget_.small_bytes;
  const int64_t limit = budget_.bytes_max + (small ? budget_.bytes_max / 8 : 0);
  if (bytes == 0 || bytes <= limit - others) return absl::OkStatus();
  return OverloadedError(absl::StrCat("requests in flight hold ", others, " bytes, this one needs ",
                                      bytes, " more, the limit is ", budget_.bytes_max),
                         RetryDelay());
}

absl::Status Admission::Announce(int64_t bytes, Ticket& ticket) {
  if (absl::Status status = CheckSize(bytes); !status.ok()) return status;
  const int64_t before = announced_.fetch_add(bytes, std::memory_order_relaxed);
  ticket.announced_ = bytes;
  return CheckRoom(bytes, before + bytes_.load(std::memory_order_relaxed));
}

absl::Status Admission::TakeBytes(int64_t bytes, Ticket& ticket) {
  if (absl::Status status = CheckSize(bytes); !status.ok()) return status;
  const int64_t before = bytes_.fetch_add(bytes, std::memory_order_relaxed);
  absl::Status status = CheckRoom(bytes, before);
  if (status.ok()) {
    ticket.bytes_ += bytes;
  } else {
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  }
  return status;
}

absl::Duration Admission::RetryDelay() const {
  return std::clamp(Queue() - budget_.queue_max / 2, kRetryMin, kRetryMax);
}

void Admission::Return(const Ticket& ticket) {
  bytes_.fetch_sub(ticket.bytes_, std::memory_order_relaxed);
  announced_.fetch_sub(ticket.announced_, std::memory_order_relaxed);
  work_ns_.fetch_sub(ticket.work_ns_, std::memory_order_relaxed);
}

void Admission::Ticket::Shrink(int64_t bytes) {
  if (admission_ == nullptr) return;
  admission_->Return(*this);
  work_ns_ = announced_ = 0;
  bytes_ = bytes;
  admission_->bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

void Admission::Ticket::Release() {
  if (admission_ == nullptr) return;
  admission_->Return(*this);
  count_->fetch_sub(1, std::memory_order_relaxed);
  admission_ = nullptr;
}

}  // namespace detloss
