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
// Lines that find no room, or cannot be written, are dropped and counted. Thread-safe; never
// throws.
class LineWriter {
 public:
  // Lines wait as long as they have at most `bytes_max` bytes; important ones as long as they have
  // at most twice as many. As many more may be on their way to the file.
  LineWriter(std::FILE* file, size_t bytes_max);
  ~LineWriter();  // writes what is left
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // Adds a line, which has no end yet.
  void Add(absl::string_view line, bool important = false);

  // Counts a line that could not even be made.
  void Drop(int64_t count = 1) { dropped_.fetch_add(count, std::memory_order_relaxed); }

  int64_t dropped_count() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  void Append(absl::string_view line);
  void Run();
  void Write(const std::string& lines);

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
