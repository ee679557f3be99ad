// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What the distribution's libraries order, told to ThreadSanitizer, which cannot see into them.
// Costs nothing in other builds.

#ifndef DETLOSS_CORE_HAPPENS_BEFORE_H_
#define DETLOSS_CORE_HAPPENS_BEFORE_H_

#ifdef DETLOSS_SANITIZE_THREAD
extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);
#endif

namespace detloss {

// What happened before Release(x) on one thread is seen after Acquire(x) on another.
#ifdef DETLOSS_SANITIZE_THREAD
inline void Acquire(void* address) { __tsan_acquire(address); }
inline void Release(void* address) { __tsan_release(address); }
#else
inline void Acquire(void* /*address*/) {}
inline void Release(void* /*address*/) {}
#endif

}  // namespace detloss

#endif  // DETLOSS_CORE_HAPPENS_BEFORE_H_
