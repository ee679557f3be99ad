// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// A library to preload: some of the large allocations of a process find no memory. Of those of at
// least FAIL_MALLOC_BYTES bytes fails the first, and from there every FAIL_MALLOC_EVERY-th.

#include <atomic>
#include <cerrno>
#include <cstdlib>

// What glibc's own functions do, under names that nobody replaces. dlsym() would find the same, but
// may allocate.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* old, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
}
// NOLINTEND(bugprone-reserved-identifier)

namespace {

size_t Number(const char* name, size_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

bool Fails(size_t size) {
  static const size_t bytes = Number("FAIL_MALLOC_BYTES", SIZE_MAX);
  static const size_t every = Number("FAIL_MALLOC_EVERY", 1);
  static std::atomic<size_t> count = 0;
  if (size < bytes || count++ % every != 0) return false;
  errno = ENOMEM;
  return true;
}

// A product that overflows is left to glibc, which refuses it.
bool Fails(size_t count, size_t size) {
  size_t bytes = 0;
  return !__builtin_mul_overflow(count, size, &bytes) && Fails(bytes);
}

}  // namespace

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
extern "C" void* malloc(size_t size) { return Fails(size) ? nullptr : __libc_malloc(size); }

extern "C" void* calloc(size_t count, size_t size) {
  return Fails(count, size) ? nullptr : __libc_calloc(count, size);
}

extern "C" void* realloc(void* old, size_t size) {
  return Fails(size) ? nullptr : __libc_realloc(old, size);
}

extern "C" void* aligned_alloc(size_t alignment, size_t size) {
  return Fails(size) ? nullptr : __libc_memalign(alignment, size);
}

extern "C" int posix_memalign(void** to, size_t alignment, size_t size) {
  if (alignment % sizeof(void*) != 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
  void* const memory = Fails(size) ? nullptr : __libc_memalign(alignment, size);
  if (memory == nullptr) return ENOMEM;
  *to = memory;
  return 0;
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
