// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_ADMISSION_H_
#define DETLOSS_SERVER_ADMISSION_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace detloss {

// What requests in flight may hold.
struct Budget {
  int64_t requests_max = 0;
  int64_t bytes_max = 0;        // of requests, of their replies, and of what lies between them
  absl::Duration queue_max;     // how long a request may have to wait for its turn
  int64_t compute_threads = 1;  // that share the work
  int64_t small_bytes = 0;      // of a request for which an eighth of the bytes is kept free
};

// A request of which nothing but its head is known.
struct Arrival {
  int64_t announced_bytes = 0;     // if it says so
  bool waits_for_threads = false;  // as far as that tells
};

// What a request is expected to take.
struct Demand {
  int64_t bytes = 0;
  absl::Duration work = {};  // of one thread; 0 if it waits for nobody
};

// How near the process is to the end of its memory: 0 is empty, 1 is full. Asked from any thread,
// for every request.
using PressureSource = std::function<double()>;

// Lets requests in as long as there is room for them, and refuses them at once when there is none:
// nothing waits for room. Thread-safe; takes no lock.
class Admission {
 public:
  using Deadline = std::chrono::system_clock::time_point;
  class Ticket;

  // What is held at a moment.
  struct Held {
    int64_t requests = 0;
    int64_t watches = 0;
    int64_t bytes = 0;
    int64_t announced = 0;
    absl::Duration work;
  };

  // With a pressure of 1 or more nobody is let in, and from `kHighPressure` on no request that
  // waits for threads.
  static constexpr double kHighPressure = 0.9;

  Admission(const Budget& budget, PressureSource pressure);

  // Lets a request in whose message has not been read. What is announced keeps others from being
  // announced, but never takes room from what has come.
  //
  // Errors: RESOURCE_EXHAUSTED, with reason OVERLOADED and a delay after which to try again, or
  // with LIMIT_EXCEEDED if there is never room for so much.
  absl::StatusOr<Ticket> Enter(const Arrival& arrival);

  // Lets a call in that computes nothing and stays open, beside the requests: as many as a quarter
  // of those that there may be.
  absl::StatusOr<Ticket> EnterWatch();

  // Its message has come: has the request hold what it is expected to take.
  //
  // Errors: as Enter(); DEADLINE_EXCEEDED if it could not be done before `deadline`.
  absl::Status Raise(const Demand& demand, Deadline deadline, Ticket& ticket);

  Held held() const;

  // How long a request would have to wait for its turn.
  absl::Duration Queue() const;

 private:
  absl::Status Check(const Arrival& arrival) const;
  absl::Status CheckPressure(double pressure_max) const;
  absl::Status CheckQueue() const;
  absl::Status CheckSize(int64_t bytes) const;
  absl::Status CheckRoom(int64_t bytes, int64_t others) const;
  absl::StatusOr<Ticket> Take(std::atomic<int64_t>& count, int64_t max, absl::string_view what);
  absl::Status Announce(int64_t bytes, Ticket& ticket);
  absl::Status TakeBytes(int64_t bytes, Ticket& ticket);
  absl::Duration RetryDelay() const;
  void Return(const Ticket& ticket);

  const Budget budget_;
  const PressureSource pressure_;
  std::atomic<int64_t> requests_ = 0;
  std::atomic<int64_t> watches_ = 0;
  std::atomic<int64_t> bytes_ = 0;
  std::atomic<int64_t> announced_ = 0;
  std::atomic<int64_t> work_ns_ = 0;
};

// What one request holds. Gives it back when it is destroyed.
class Admission::Ticket {
 public:
  Ticket() = default;
  Ticket(Ticket&& other) noexcept { Swap(other); }
  Ticket& operator=(Ticket&& other) noexcept {
    Swap(other);
    return *this;
  }
  ~Ticket() { Release(); }

  // Gives back everything but `bytes`, those of the reply: the work is done.
  void Shrink(int64_t bytes);

  // Gives back everything.
  void Release();

 private:
  friend class Admission;
  Ticket(Admission& admission, std::atomic<int64_t>& count)
      : admission_(&admission), count_(&count) {}
  void Swap(Ticket& other) {
    std::swap(admission_, other.admission_);
    std::swap(count_, other.count_);
    std::swap(bytes_, other.bytes_);
    std::swap(announced_, other.announced_);
    std::swap(work_ns_, other.work_ns_);
  }

  Admission* admission_ = nullptr;
  std::atomic<int64_t>* count_ = nullptr;  // of those among which it is
  int64_t bytes_ = 0;
  int64_t announced_ = 0;
  int64_t work_ns_ = 0;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_ADMISSION_H_
