// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_MEMORY_PRESSURE_H_
#define DETLOSS_SERVER_MEMORY_PRESSURE_H_

#include <atomic>
#include <cstdint>

namespace detloss {

// How much of the memory that the process may have is resident. Thread-safe; the system is asked
// every few milliseconds, however often Level() is called.
class MemoryPressure {
 public:
  // `limit` in bytes; 0: that of the control group, if it has one.
  explicit MemoryPressure(int64_t limit);

  // Resident memory over the limit; 0 if there is none.
  double Level();

  // Bytes; 0 if there is none.
  int64_t limit() const { return limit_; }

 private:
  const int64_t limit_;
  std::atomic<int64_t> next_look_ns_ = 0;
  std::atomic<double> level_ = 0;
};

// The resident memory of the process, in bytes; 0 if the system does not tell.
int64_t ResidentBytes();

}  // namespace detloss

#endif  // DETLOSS_SERVER_MEMORY_PRESSURE_H_
