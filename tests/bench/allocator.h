// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_TESTS_BENCH_ALLOCATOR_H_
#define DETLOSS_TESTS_BENCH_ALLOCATOR_H_

#include <malloc.h>

#include <limits>

namespace detloss::bench {

// Has glibc keep the memory of large messages, which it would else give back and fetch again for
// every one. To be called before there are threads.
inline void TuneAllocator() {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TOP_PAD, 64 << 20);
  mallopt(M_ARENA_MAX, 1);
}

}  // namespace detloss::bench

#endif  // DETLOSS_TESTS_BENCH_ALLOCATOR_H_
