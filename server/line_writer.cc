// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/line_writer.h"

#include <algorithm>
#include <chrono>
#include <new>

namespace detloss {
namespace {

// A line reaches its reader at once as long as there are few. When more come, they gather for so
// long: a busy server is not to wake the thread, and it not to call the system, for each.
constexpr std::chrono::milliseconds kGather{10};

// Memory that is kept for the next lines; what a burst took goes back.
constexpr size_t kKeptBytes = size_t{64} << 10;

}  // namespace

LineWriter::LineWriter(std::FILE* file, size_t bytes_max) : file_(file), bytes_max_(bytes_max) {
  lines_.reserve(kKeptBytes);
  thread_ = std::thread([this] { Run(); });
}

LineWriter::~LineWriter() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void LineWriter::Add(absl::string_view line, bool important) {
  const std::lock_guard lock(mutex_);
  const size_t room = (important ? 2 : 1) * bytes_max_;
  if (lines_.size() + line.size() >= room) return Drop();
  try {
    Append(line);
  } catch (const std::bad_alloc&) {
    Drop();
  }
}

void LineWriter::Append(absl::string_view line) {
  lines_.reserve(lines_.size() + line.size() + 1);  // all of the line or nothing
  lines_.append(line.data(), line.size());
  lines_ += '\n';
  if (waiting_) changed_.notify_one();
  waiting_ = false;
}

void LineWriter::Run() {
  std::string writing;
  writing.reserve(kKeptBytes);
  std::unique_lock lock(mutex_);
  while (!ending_ || !lines_.empty()) {
    waiting_ = lines_.empty();
    changed_.wait(lock, [this] { return ending_ || !lines_.empty(); });
    waiting_ = false;
    writing.swap(lines_);
    lock.unlock();
    Write(writing);
    writing.clear();
    if (writing.capacity() > 2 * kKeptBytes) std::string().swap(writing);
    lock.lock();
    changed_.wait_for(lock, kGather, [this] { return ending_; });
  }
}

void LineWriter::Write(const std::string& lines) {
  const size_t written = std::fwrite(lines.data(), 1, lines.size(), file_);
  if (written == lines.size() && std::fflush(file_) == 0) return;
  std::clearerr(file_);
  Drop(std::count(lines.begin(), lines.end(), '\n'));
}

}  // namespace detloss
