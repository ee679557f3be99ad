// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_CLIENT_ALLOCATOR_H_
#define DETLOSS_CLIENT_ALLOCATOR_H_

namespace detloss::client {

// Has glibc's malloc keep the memory of messages for the next one, in one arena. By default it
// gives large blocks back at once, and every message pays for having its pages mapped again: large
// calls may take half as long again. The price is that the process keeps the memory of its largest
// messages, until it calls `malloc_trim`.
//
// Changes the whole process, so that no client does it by itself. To be called at the beginning of
// `main`, before the first thread starts. Nothing happens with other allocators.
void TuneAllocator();

}  // namespace detloss::client

#endif  // DETLOSS_CLIENT_ALLOCATOR_H_
