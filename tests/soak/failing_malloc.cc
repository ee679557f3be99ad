// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// A library to preload: some of the large allocations of a process find no memory. Of those of at
// least FAIL_MALLOC_BYTES bytes fails the first, and from there every FAIL_MALLOC_EVERY-th.

#include <dlfcn.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

namespace {

size_t Number(const char* name, size_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

bool Fails(size_t size) {
  static const size_t bytes = Number("FAIL_MALLOC_BYTES", SIZE_MAX);
  static const size_t every = Number("FAIL_MALLOC_EVERY", 1);
  static std::atomic<size_t> count = 0;
  return size >= bytes && count++ % every == 0;
}

template <class Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" void* malloc(size_t size) {
  static const auto next = Next<void* (*)(size_t)>("malloc");
  if (!Fails(size)) return next(size);
  errno = ENOMEM;
  return nullptr;
}

extern "C" void* aligned_alloc(size_t alignment, size_t size) {
  static const auto next = Next<void* (*)(size_t, size_t)>("aligned_alloc");
  if (!Fails(size)) return next(alignment, size);
  errno = ENOMEM;
  return nullptr;
}
