// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/admission.h"

#include <algorithm>

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

absl::StatusOr<Admission::Ticket> Admission::Enter(int64_t bytes, bool waits_for_threads) {
  absl::Status status = CheckPressure(waits_for_threads ? kHighPressure : 1);
  if (waits_for_threads) status.Update(CheckQueue());
  if (!status.ok()) return status;
  if (requests_.fetch_add(1, std::memory_order_relaxed) >= budget_.requests_max) {
    requests_.fetch_sub(1, std::memory_order_relaxed);
    return OverloadedError(
        absl::StrCat("the server has ", budget_.requests_max, " requests in flight, its limit"),
        RetryDelay());
  }
  Ticket ticket(*this);
  status = TakeBytes(bytes, ticket);
  if (!status.ok()) return status;
  return ticket;
}

absl::Status Admission::Raise(const Demand& demand, Deadline deadline, Ticket& ticket) {
  if (absl::Status status = TakeBytes(demand.bytes - ticket.bytes_, ticket); !status.ok()) {
    return status;
  }
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
  return {requests_.load(std::memory_order_relaxed), bytes_.load(std::memory_order_relaxed),
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

absl::Status Admission::TakeBytes(int64_t bytes, Ticket& ticket) {
  const int64_t before = bytes_.fetch_add(bytes, std::memory_order_relaxed);
  // Whoever is alone may take what it needs: the limits of a request bound it.
  const bool small = ticket.bytes_ + bytes <= budget_.small_bytes;
  const int64_t limit = budget_.bytes_max + (small ? budget_.bytes_max / 8 : 0);
  if (bytes > 0 && bytes > limit - before && before > ticket.bytes_) {
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    return OverloadedError(
        absl::StrCat("requests in flight hold ", before, " bytes, this one needs ", bytes,
                     " more, the limit is ", budget_.bytes_max),
        RetryDelay());
  }
  ticket.bytes_ += bytes;
  return absl::OkStatus();
}

absl::Duration Admission::RetryDelay() const {
  return std::clamp(Queue() - budget_.queue_max / 2, kRetryMin, kRetryMax);
}

void Admission::Return(const Ticket& ticket) {
  bytes_.fetch_sub(ticket.bytes_, std::memory_order_relaxed);
  work_ns_.fetch_sub(ticket.work_ns_, std::memory_order_relaxed);
}

void Admission::Ticket::Shrink(int64_t bytes) {
  if (admission_ == nullptr) return;
  admission_->Return(*this);
  work_ns_ = 0;
  bytes_ = bytes;
  admission_->bytes_.fetch_add(bytes, std::memory_order_relaxed);
}

void Admission::Ticket::Release() {
  if (admission_ == nullptr) return;
  admission_->Return(*this);
  admission_->requests_.fetch_sub(1, std::memory_order_relaxed);
  admission_ = nullptr;
}

}  // namespace detloss
