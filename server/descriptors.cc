// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/descriptors.h"

#include <sys/resource.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace detloss {
namespace {

// For the log, the sockets to listen on, polling, and files that are read now and then.
constexpr rlim_t kOthers = 64;

}  // namespace

absl::Status ReserveDescriptors(int64_t connections) {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return absl::OkStatus();
  const rlim_t needed = static_cast<rlim_t>(connections) + kOthers;
  if (limit.rlim_cur >= needed) return absl::OkStatus();
  limit.rlim_cur = std::min(needed, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= needed) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("--connections_max: ", connections, " connections need ", needed,
                   " descriptors, the process may have ", limit.rlim_max));
}

}  // namespace detloss
