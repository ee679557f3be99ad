// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_EVENT_H_
#define DETLOSS_SERVER_EVENT_H_

#include "core/happens_before.h"

namespace detloss {

// What a completion queue reports to: an operation of a call.
class Event {
 public:
  // What gRPC takes for the event. To be made when the operation starts and all that it needs is
  // there.
  void* Tag() {
    Release(this);
    return this;
  }

  // The event of a tag that came out of a queue.
  static Event& Of(void* tag) {
    Acquire(tag);
    return *static_cast<Event*>(tag);
  }

  virtual void Proceed(bool ok) = 0;

 protected:
  ~Event() = default;
};

// An event that calls a member function of its call.
template <class Call>
class CallEvent final : public Event {
 public:
  CallEvent(Call& call, void (Call::*handler)(bool)) : call_(call), handler_(handler) {}
  void Proceed(bool ok) override { (call_.*handler_)(ok); }

 private:
  Call& call_;
  void (Call::*const handler_)(bool);
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_EVENT_H_
