// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/line_writer.h"

#include <chrono>

namespace detloss {
namespace {

// A line reaches its reader at once as long as there are few. When more come, they gather for so
// long: a busy server is not to wake the thread, and it not to call the system, for each.
constexpr std::chrono::milliseconds kGather{10};

}  // namespace

LineWriter::LineWriter(std::FILE* file, size_t bytes_max)
    : file_(file), bytes_max_(bytes_max), thread_([this] { Run(); }) {}

LineWriter::~LineWriter() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void LineWriter::Add(absl::string_view line) {
  const std::lock_guard lock(mutex_);
  if (lines_.size() + line.size() < bytes_max_) {
    Append(line);
  } else {
    dropped_.fetch_add(1, std::memory_order_relaxed);
  }
}

void LineWriter::AddAlways(absl::string_view line) {
  const std::lock_guard lock(mutex_);
  Append(line);
}

void LineWriter::Append(absl::string_view line) {
  lines_.append(line.data(), line.size());
  lines_ += '\n';
  if (waiting_) changed_.notify_one();
  waiting_ = false;
}

void LineWriter::Run() {
  std::string writing;
  std::unique_lock lock(mutex_);
  while (!ending_ || !lines_.empty()) {
    waiting_ = lines_.empty();
    changed_.wait(lock, [this] { return ending_ || !lines_.empty(); });
    waiting_ = false;
    writing.swap(lines_);
    lock.unlock();
    std::fwrite(writing.data(), 1, writing.size(), file_);
    std::fflush(file_);
    writing.clear();
    lock.lock();
    changed_.wait_for(lock, kGather, [this] { return ending_; });
  }
}

}  // namespace detloss
