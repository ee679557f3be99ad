// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/file_watch.h"

#include <sys/stat.h>

#include <utility>

namespace detloss {

namespace {

FileWatch::Signature LookAt(const std::string& path) {
  struct stat state = {};
  if (stat(path.c_str(), &state) != 0) return {};
  constexpr int64_t kSecond = 1'000'000'000;
  return {state.st_dev, state.st_ino, state.st_size,
          state.st_ctim.tv_sec * kSecond + state.st_ctim.tv_nsec};
}

}  // namespace

FileWatch::Signatures FileWatch::Look(const std::vector<std::string>& paths) {
  Signatures signatures;
  for (const std::string& path : paths) signatures.push_back(LookAt(path));
  return signatures;
}

FileWatch::FileWatch(std::vector<std::string> paths, std::chrono::milliseconds interval,
                     Signatures seen, std::function<void()> changed)
    : paths_(std::move(paths)),
      interval_(interval),
      changed_(std::move(changed)),
      seen_(std::move(seen)) {
  if (!paths_.empty()) thread_ = std::thread([this] { Run(); });
}

FileWatch::~FileWatch() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  ending_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool FileWatch::WaitForEnd() {
  std::unique_lock lock(mutex_);
  return ending_.wait_for(lock, interval_, [this] { return ended_; });
}

void FileWatch::Run() {
  Signatures before = seen_;
  while (!WaitForEnd()) {
    Signatures now = Look(paths_);
    if (now != seen_ && now == before) {
      seen_ = now;
      changed_();
    }
    before = std::move(now);
  }
}

}  // namespace detloss
