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
                     Signatures seen, std::function<bool()> changed)
    : paths_(std::move(paths)), changed_(std::move(changed)), seen_(std::move(seen)), last_(seen_) {
  if (!paths_.empty()) ticker_.emplace(interval, [this] { LookAgain(); });
}

void FileWatch::LookAgain() {
  Signatures now = Look(paths_);
  if (now != seen_ && now == last_ && changed_()) seen_ = now;
  last_ = std::move(now);
}

}  // namespace detloss
