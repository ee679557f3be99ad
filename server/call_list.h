// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_CALL_LIST_H_
#define DETLOSS_SERVER_CALL_LIST_H_

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "server/transfer.h"

namespace detloss {

class Call;

// A place in a list of calls, which each call has.
struct CallLink {
  CallLink* previous = this;
  CallLink* next = this;
};

// Every call that there is, also those that wait for a caller. Thread-safe. To add and to remove
// allocates nothing.
class CallList {
 public:
  void Add(Call& call);
  void Remove(Call& call);
  void WaitUntilEmpty();

  // Ends the calls of which a message has been on its way since before `time`. Returns whether any
  // other message is.
  bool EndOverdue(Transfer::Clock::time_point time);

 private:
  std::vector<std::shared_ptr<Call>> Overdue(Transfer::Clock::time_point time, bool& others);

  std::mutex mutex_;
  std::condition_variable emptied_;
  CallLink head_;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_CALL_LIST_H_
