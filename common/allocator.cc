// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "common/allocator.h"

#include <limits>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace detloss {

#ifdef __GLIBC__
void TuneAllocator() {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // its maximum
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TOP_PAD, 64 << 20);
  mallopt(M_ARENA_MAX, 1);
}

void ReleaseFreeMemory() { malloc_trim(0); }
#else
void TuneAllocator() {}
void ReleaseFreeMemory() {}
#endif

}  // namespace detloss
