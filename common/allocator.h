// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_COMMON_ALLOCATOR_H_
#define DETLOSS_COMMON_ALLOCATOR_H_

namespace detloss {

// Has glibc's malloc keep the memory of messages for the next one. By default it gives large blocks
// back at once, and every message pays for having its pages mapped again. Other allocators, if one
// is preloaded, are not affected. To be called before the first thread starts.
void TuneAllocator();

// Gives back to the system what is free.
void ReleaseFreeMemory();

}  // namespace detloss

#endif  // DETLOSS_COMMON_ALLOCATOR_H_
