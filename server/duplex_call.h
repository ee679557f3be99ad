// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_DUPLEX_CALL_H_
#define DETLOSS_SERVER_DUPLEX_CALL_H_

#include <memory>
#include <mutex>

#include "absl/functional/function_ref.h"
#include "server/admission.h"
#include "server/call.h"

namespace detloss {

// A call that reads and writes at the same time: what such calls share. Deletes itself when every
// operation has reported.
class DuplexCall : protected CallHandler {
 public:
  DuplexCall(const DuplexCall&) = delete;
  DuplexCall& operator=(const DuplexCall&) = delete;

 protected:
  // `ticket` is what it may hold as long as it is open.
  DuplexCall(std::shared_ptr<Call> call, Admission::Ticket ticket);
  virtual ~DuplexCall() = default;

  void OnFinished(bool ok) override;
  void OnDone() override;

  // Starts whatever the state allows. REQUIRES: mutex_ is held.
  virtual void Advance() = 0;

  // Makes a change, advances, and deletes the call if nothing is left of it: nothing but locals may
  // be used after it, unless something is still open.
  void Update(absl::FunctionRef<void()> change);

  // Once at most: what comes later is ignored. REQUIRES: mutex_ is held.
  void Finish(const absl::Status& status);

  Transport& transport() { return call_->transport(); }

  const std::shared_ptr<Call> call_;
  std::mutex mutex_;  // guards what follows, and the state of the derived class
  bool reading_ = false;
  bool writing_ = false;
  bool finishing_ = false;
  bool done_seen_ = false;

 private:
  const Admission::Ticket ticket_;
  bool finished_seen_ = false;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_DUPLEX_CALL_H_
