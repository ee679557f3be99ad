// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_MEMORY_PRESSURE_H_
#define DETLOSS_SERVER_MEMORY_PRESSURE_H_

#include <atomic>
#include <cstdint>

#include "server/descriptor.h"

namespace detloss {

// The bytes that the process may have: `limit`, or those of its control group if that is 0; 0 if it
// has none either.
int64_t MemoryLimit(int64_t limit);

// How much of the memory that the process may have is resident. Thread-safe; the system is asked
// every few milliseconds, however often Level() is called.
class MemoryPressure {
 public:
  // `limit` in bytes; 0: there is none.
  explicit MemoryPressure(int64_t limit);

  // Resident memory over the limit; 0 if there is none.
  double Level();

  // Bytes; 0 if there is none.
  int64_t limit() const { return limit_; }

  // The resident memory of the process, in bytes; 0 if the system does not tell.
  int64_t ResidentBytes() const;

 private:
  const int64_t limit_;
  const Descriptor
      statm_;  // open for good: memory has to be watched when there are no descriptors, too
  std::atomic<int64_t> next_look_ns_ = 0;
  std::atomic<double> level_ = 0;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_MEMORY_PRESSURE_H_
