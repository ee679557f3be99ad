// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/poller.h"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <system_error>
#include <utility>

#include "server/event.h"

namespace detloss {
namespace {

// Of processor time of the polling thread: far more than a request that is computed there takes.
constexpr int64_t kWorkNs = 20'000'000;

// How long the second thread then stays: who floods the server does not stop at once.
constexpr std::chrono::seconds kShift{1};

constexpr int64_t kSecondNs = 1'000'000'000;

// The first version of the kernel's sched_attr; its header cannot be included beside <sched.h>.
struct SchedulerAttributes {
  uint32_t size;
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime_ns;
  uint64_t deadline_ns;
  uint64_t period_ns;
};

// Asks the scheduler to let this thread run as soon as it wakes, also where a thread of the pool
// has the processor: otherwise a message may wait for milliseconds. Linux gives threads of short
// slices the precedence since 6.12, and before takes no notice.
void BePrompt() {
  constexpr uint64_t kSliceNs = 100'000;  // the least that there is
  SchedulerAttributes attributes = {};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  if (attributes.policy != SCHED_OTHER && attributes.policy != SCHED_BATCH) return;
  attributes.runtime_ns = kSliceNs;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

// Sleeps until a thread has used so much more of a processor: for ever if it sleeps.
void SleepUntilItWorked(clockid_t processor, int64_t nanoseconds) {
  timespec until = {};
  clock_gettime(processor, &until);
  const int64_t end = until.tv_nsec + nanoseconds;
  until.tv_sec += end / kSecondNs;
  until.tv_nsec = end % kSecondNs;
  clock_nanosleep(processor, TIMER_ABSTIME, &until, nullptr);
}

}  // namespace

Poller::Poller(grpc::CompletionQueue& queue, std::function<bool()> is_crowded)
    : queue_(queue), is_crowded_(std::move(is_crowded)), polling_([this] { Poll(); }) {
  try {
    relief_ = std::thread([this] { WatchOver(); });
  } catch (const std::system_error&) {
    relief_ended_ = true;
    queue_.Shutdown();
    polling_.join();
    throw;
  }
}

Poller::~Poller() {
  relief_.join();
  polling_.join();
}

void Poller::Poll() {
  BePrompt();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
    handed_over_.fetch_add(1, std::memory_order_relaxed);
    Event::Of(tag).Proceed(ok);
  }
  // The other sleeps until this thread has worked, and has to see the end first.
  while (!relief_ended_.load(std::memory_order_relaxed)) {
  }
}

void Poller::WatchOver() {
  BePrompt();
  clockid_t processor = {};
  pthread_getcpuclockid(polling_.native_handle(), &processor);
  while (!relief_ended_) {
    const int64_t before = handed_over_;
    SleepUntilItWorked(processor, kWorkNs);
    if (handed_over_ == before || is_crowded_()) Relieve();
  }
}

void Poller::Relieve() {
  const auto end = std::chrono::system_clock::now() + kShift;
  for (;;) {
    void* tag = nullptr;
    bool ok = false;
    switch (queue_.AsyncNext(&tag, &ok, end)) {
      case grpc::CompletionQueue::GOT_EVENT:
        Event::Of(tag).Proceed(ok);
        break;
      case grpc::CompletionQueue::TIMEOUT:
        return;
      case grpc::CompletionQueue::SHUTDOWN:
        relief_ended_ = true;
        return;
    }
  }
}

}  // namespace detloss
