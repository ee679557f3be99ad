// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The only file that knows oneTBB. It is compiled without ThreadSanitizer, which cannot see the
// synchronization inside Debian's library and would report every task; what tasks promise to their
// callers is told to it here instead.

#include "detloss/thread_pool.h"

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <utility>

#include "core/happens_before.h"

namespace detloss {

struct ThreadPool::Arena {
  // oneTBB has as many threads as cores unless told otherwise, for the whole process, and of
  // several limits the least holds. All pools therefore set the same, which is none: the arena
  // alone says how many threads its tasks have.
  static constexpr size_t kAnyNumber = 1 << 12;

  explicit Arena(int threads)
      : limit(tbb::global_control::max_allowed_parallelism, kAnyNumber),
        arena(threads, /*reserved_for_masters=*/0) {}

  tbb::global_control limit;
  tbb::task_arena arena;
};

ThreadPool::ThreadPool(int threads) : arena_(std::make_unique<Arena>(threads)) {}
ThreadPool::~ThreadPool() = default;

void ThreadPool::Enqueue(std::function<void()> work) {
  auto* shared = new std::function<void()>(std::move(work));
  Release(shared);
  arena_->arena.enqueue([shared] {
    Acquire(shared);
    const std::unique_ptr<std::function<void()>> owned(shared);
    (*owned)();
  });
}

void ThreadPool::ParallelFor(size_t count, absl::FunctionRef<void(size_t)> run) {
  char begin, end;
  const auto run_one = [&](size_t i) {
    Acquire(&begin);
    run(i);
    Release(&end);
  };
  Release(&begin);
  arena_->arena.execute([&] {
    tbb::this_task_arena::isolate([&] { tbb::parallel_for(size_t{0}, count, run_one); });
  });
  Acquire(&end);
}

}  // namespace detloss
