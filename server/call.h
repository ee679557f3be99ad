// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Calls as gRPC gives them, of whatever method. The messages are bytes.

#ifndef DETLOSS_SERVER_CALL_H_
#define DETLOSS_SERVER_CALL_H_

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <mutex>
#include <string>

#include "server/call_clock.h"
#include "server/call_list.h"
#include "server/event.h"
#include "server/transfer.h"

namespace detloss {

class Transport;

// What goes on with a call once it is known of which method it is. Deletes itself. Its functions
// are called by the threads that poll the queue of the call, one at a time.
class CallHandler {
 public:
  virtual void OnRead(bool /*ok*/) {}
  virtual void OnWritten(bool /*ok*/) {}
  virtual void OnFinished(bool ok) = 0;

  // The request has not come in time; the read still reports.
  virtual void OnRequestOverdue() {}

  // The call has ended, in whatever way; its clock knows whether it was cancelled. What is under
  // way still reports.
  virtual void OnDone() = 0;

 protected:
  ~CallHandler() = default;
};

// One call, from waiting for it until nothing is left of it.
class Call : public std::enable_shared_from_this<Call>, public CallLink {
 public:
  // Waits for the next call, of any method. When it comes, the door (door.h) decides about it.
  static void Await(Transport& transport, grpc::ServerCompletionQueue& queue);

  ~Call();  // REQUIRES: every operation has reported
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Who hears of it from now on.
  void SetHandler(CallHandler& handler) { handler_ = &handler; }

  Transport& transport() { return transport_; }
  const std::string& method() const { return context_.method(); }
  const grpc::ServerContext& context() const { return context_; }
  CallClock& clock() { return clock_; }

  // The name of the caller, for the log; empty if callers have none.
  const std::string& caller() const { return caller_; }
  void set_caller(std::string caller) { caller_ = std::move(caller); }

  // Operations. One read and one other may be under way at a time; each reports to the handler.
  // All but Read() have to be done in time, or the call ends.
  void Read(grpc::ByteBuffer& message) { stream_.Read(&message, read_.Tag()); }
  void ReadRequest(grpc::ByteBuffer& message);
  void Write(const grpc::ByteBuffer& message);
  void WriteAndFinish(const grpc::ByteBuffer& message);
  void Finish(const absl::Status& status);

  // Whether a message is on its way that has to be there in time.
  bool IsMoving() const { return in_.IsUnderWay() || out_.IsUnderWay(); }
  bool IsOverdue(Transfer::Clock::time_point time) const {
    return in_.BeganBefore(time) || out_.BeganBefore(time);
  }

  // Has it end, if it is overdue still.
  void EndOverdue(Transfer::Clock::time_point time);

 private:
  Call(Transport& transport, grpc::ServerCompletionQueue& queue);

  void Begin(Transfer& transfer);
  void OnStarted(bool ok);
  void OnRead(bool ok);
  void OnWritten(bool ok);
  void OnFinished(bool ok);
  void OnDone(bool ok);
  void TellDone();

  // One event after the other. The handler may end with it, but not the call while it is locked.
  template <class Event>
  void InTurn(Event event) {
    const std::shared_ptr<Call> self = shared_from_this();
    const std::lock_guard lock(turn_);
    event();
  }

  Transport& transport_;
  grpc::ServerCompletionQueue& queue_;
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_{&context_};
  CallEvent<Call> started_{*this, &Call::OnStarted};
  CallEvent<Call> read_{*this, &Call::OnRead};
  CallEvent<Call> written_{*this, &Call::OnWritten};
  CallEvent<Call> finished_{*this, &Call::OnFinished};
  CallEvent<Call> done_{*this, &Call::OnDone};
  std::mutex turn_;  // of the events
  CallHandler* handler_ = nullptr;
  Transfer in_;
  Transfer out_;
  bool done_seen_ = false;
  std::shared_ptr<Call> self_;  // until it has a handler, which keeps it then
  CallClock clock_;
  std::string caller_;
};

}  // namespace detloss

#endif  // DETLOSS_SERVER_CALL_H_
