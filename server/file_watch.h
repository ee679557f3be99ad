// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_FILE_WATCH_H_
#define DETLOSS_SERVER_FILE_WATCH_H_

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/ticker.h"

namespace detloss {

// Tells when files change: other contents, another file of the name, or none. Symbolic links are
// followed, as orchestrators swap them for a whole directory. The files are looked at once in each
// interval, by a thread of its own; there is none when there is nothing to watch.
class FileWatch {
 public:
  // What tells one state of a file from another; all zero when it cannot be seen.
  struct Signature {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    int64_t changed_ns = 0;  // in its contents, or in who may read it
    bool operator==(const Signature&) const = default;
  };
  using Signatures = std::vector<Signature>;

  // The files as they are now.
  static Signatures Look(const std::vector<std::string>& paths);

  // Calls `changed` on the thread when the files are others than `seen`, or than when it last
  // returned true, and have stayed the same from one look to the next: so within two intervals, and
  // not between the halves of what is written in pieces.
  FileWatch(std::vector<std::string> paths, std::chrono::milliseconds interval, Signatures seen,
            std::function<bool()> changed);

 private:
  void LookAgain();

  const std::vector<std::string> paths_;
  const std::function<bool()> changed_;
  Signatures seen_;               // what `changed_` has taken
  Signatures last_;               // what the last look saw
  std::optional<Ticker> ticker_;  // last: it ends first
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_FILE_WATCH_H_
