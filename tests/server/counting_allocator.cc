// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/server/counting_allocator.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

// What glibc calls its own.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" void* __libc_malloc(size_t size);
extern "C" void* __libc_calloc(size_t count, size_t size);
extern "C" void* __libc_realloc(void* pointer, size_t size);
extern "C" void* __libc_memalign(size_t alignment, size_t size);
// NOLINTEND(bugprone-reserved-identifier)

namespace detloss {
namespace {

thread_local Allocations allocations;

void Count(size_t size) {
  ++allocations.count;
  allocations.bytes += size;
  allocations.largest = std::max(allocations.largest, size);
}

}  // namespace

Allocations TakeAllocations() { return std::exchange(allocations, {}); }

}  // namespace detloss

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
extern "C" {

void* malloc(size_t size) noexcept {
  detloss::Count(size);
  return __libc_malloc(size);
}

void* calloc(size_t count, size_t size) noexcept {
  detloss::Count(count * size);
  return __libc_calloc(count, size);
}

void* realloc(void* pointer, size_t size) noexcept {
  detloss::Count(size);
  return __libc_realloc(pointer, size);
}

void* memalign(size_t alignment, size_t size) noexcept {
  detloss::Count(size);
  return __libc_memalign(alignment, size);
}

void* aligned_alloc(size_t alignment, size_t size) noexcept { return memalign(alignment, size); }

int posix_memalign(void** pointer, size_t alignment, size_t size) noexcept {
  *pointer = memalign(alignment, size);
  return *pointer == nullptr ? ENOMEM : 0;
}

}  // extern "C"
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
