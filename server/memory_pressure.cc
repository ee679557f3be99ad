// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/memory_pressure.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <limits>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace detloss {
namespace {

constexpr std::chrono::milliseconds kInterval{5};

// Where a container sees the limit of its control group, in versions 2 and 1.
constexpr const char* kLimitFiles[] = {"/sys/fs/cgroup/memory.max",
                                       "/sys/fs/cgroup/memory/memory.limit_in_bytes"};

Descriptor Open(const char* path) { return Descriptor(open(path, O_RDONLY | O_CLOEXEC)); }

// The first bytes of a short file; empty if they cannot be read.
std::string ReadShortFile(int descriptor) {
  char text[128];
  const ssize_t size = pread(descriptor, text, sizeof text, 0);
  return size > 0 ? std::string(text, static_cast<size_t>(size)) : "";
}

// Version 1 tells of no limit by a number that is larger than any memory.
int64_t ControlGroupLimit() {
  constexpr int64_t kNone = int64_t{1} << 50;
  for (const char* path : kLimitFiles) {
    int64_t limit = 0;
    const std::string text = ReadShortFile(Open(path).number());
    if (absl::SimpleAtoi(absl::StripAsciiWhitespace(text), &limit) && limit < kNone) return limit;
  }
  return 0;
}

int64_t NowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

int64_t MemoryLimit(int64_t limit) { return limit > 0 ? limit : ControlGroupLimit(); }

MemoryPressure::MemoryPressure(int64_t limit) : limit_(limit), statm_(Open("/proc/self/statm")) {}

double MemoryPressure::Level() {
  if (limit_ == 0) return 0;
  const int64_t now = NowNs();
  int64_t next = next_look_ns_.load(std::memory_order_relaxed);
  const int64_t after = now + std::chrono::nanoseconds(kInterval).count();
  if (now >= next && next_look_ns_.compare_exchange_strong(next, after)) {
    level_ = static_cast<double>(ResidentBytes()) / static_cast<double>(limit_);
  }
  return level_;
}

int64_t MemoryPressure::ResidentBytes() const {
  // "size resident shared ...", in pages.
  const std::vector<std::string> numbers = absl::StrSplit(ReadShortFile(statm_.number()), ' ');
  int64_t pages = 0;
  if (numbers.size() < 2 || !absl::SimpleAtoi(numbers[1], &pages)) return 0;
  return pages * sysconf(_SC_PAGESIZE);
}

}  // namespace detloss
