// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Counts what is taken from malloc, by whomever and under whatever name, in the program that links
// it. Not for sanitizers, which bring a malloc of their own.

#ifndef DETLOSS_TESTS_SERVER_COUNTING_ALLOCATOR_H_
#define DETLOSS_TESTS_SERVER_COUNTING_ALLOCATOR_H_

#include <cstddef>

namespace detloss {

struct Allocations {
  size_t count = 0;
  size_t bytes = 0;
  size_t largest = 0;
};

// What has been allocated by the calling thread since it called this function before.
Allocations TakeAllocations();

}  // namespace detloss

#endif  // DETLOSS_TESTS_SERVER_COUNTING_ALLOCATOR_H_
