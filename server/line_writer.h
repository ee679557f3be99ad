// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_LINE_WRITER_H_
#define DETLOSS_SERVER_LINE_WRITER_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>

#include "absl/strings/string_view.h"

namespace detloss {

// Writes lines to a file from a thread of its own, so that nobody waits for the file. A line costs
// its caller a copy: those that come while others are written, or soon after, are written together.
// Thread-safe.
class LineWriter {
 public:
  // Holds at most `bytes_max` bytes that are not written yet.
  LineWriter(std::FILE* file, size_t bytes_max);
  ~LineWriter();  // writes what is left
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // Adds a line, which has no end yet. One that finds no room is dropped and counted.
  void Add(absl::string_view line);

  // Adds a line even if there is no room.
  void AddAlways(absl::string_view line);

  int64_t dropped_count() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  void Append(absl::string_view line);
  void Run();

  std::FILE* const file_;
  const size_t bytes_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string lines_;     // not written yet
  bool waiting_ = false;  // the thread, for a line
  bool ending_ = false;
  std::atomic<int64_t> dropped_ = 0;
  std::thread thread_;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_LINE_WRITER_H_
