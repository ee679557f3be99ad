// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/call_list.h"

#include "server/call.h"

namespace detloss {

void CallList::Add(Call& call) {
  CallLink& link = call;
  const std::lock_guard lock(mutex_);
  link.previous = head_.previous;
  link.next = &head_;
  link.previous->next = link.next->previous = &link;
}

void CallList::Remove(Call& call) {
  CallLink& link = call;
  const std::lock_guard lock(mutex_);
  link.previous->next = link.next;
  link.next->previous = link.previous;
  if (head_.next == &head_) emptied_.notify_all();
}

void CallList::WaitUntilEmpty() {
  std::unique_lock lock(mutex_);
  emptied_.wait(lock, [this] { return head_.next == &head_; });
}

std::vector<std::shared_ptr<Call>> CallList::Overdue(Transfer::Clock::time_point time,
                                                     bool& others) {
  std::vector<std::shared_ptr<Call>> overdue;
  const std::lock_guard lock(mutex_);
  for (CallLink* link = head_.next; link != &head_; link = link->next) {
    Call& call = static_cast<Call&>(*link);
    if (!call.IsMoving()) continue;
    if (!call.IsOverdue(time)) {
      others = true;
    } else if (std::shared_ptr<Call> still_there = call.weak_from_this().lock()) {
      overdue.push_back(std::move(still_there));
    }
  }
  return overdue;
}

// Outside the lock, since the last reference to a call may be the one held here.
bool CallList::EndOverdue(Transfer::Clock::time_point time) {
  bool others = false;
  for (const std::shared_ptr<Call>& call : Overdue(time, others)) call->EndOverdue(time);
  return others;
}

}  // namespace detloss
