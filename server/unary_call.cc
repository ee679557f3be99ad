// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/unary_call.h"

#include "server/status.h"

namespace detloss {

namespace {

// Asks a queue for the next call of a method, which `kRequest` names in the generated service.
template <auto kRequest>
void RequestCall(RawService& service, grpc::ServerContext* context, grpc::ByteBuffer* request,
                 RawWriter* writer, grpc::ServerCompletionQueue* queue, void* tag) {
  (service.*kRequest)(context, request, writer, queue, queue, tag);
}

constexpr UnaryRow kUnaryRows[] = {
#define UNARY_METHOD(name) {#name, RequestCall<&RawService::Request##name>, name##Bytes},
#include "server/methods.inc"
#undef UNARY_METHOD
};

}  // namespace

absl::Span<const UnaryRow> UnaryRows() { return kUnaryRows; }

void UnaryCall::Await(const UnaryRow& row, Transport& transport,
                      grpc::ServerCompletionQueue& queue) {
  auto* call = new UnaryCall(row, transport, queue);
  call->context_.AsyncNotifyWhenDone(call->done_.Tag());
  row.request(transport.service(), &call->context_, &call->request_, &call->writer_, &queue,
              call->received_.Tag());
}

UnaryCall::UnaryCall(const UnaryRow& row, Transport& transport, grpc::ServerCompletionQueue& queue)
    : row_(row), transport_(transport), queue_(queue) {
  transport_.AddCall();
}

UnaryCall::~UnaryCall() {
  if (entered_) transport_.gate().Leave();
  transport_.RemoveCall();
}

void UnaryCall::OnReceived(bool ok) {
  if (!ok) {
    // The server is shutting down; of a call that never began nothing else will be heard.
    delete this;
    return;
  }
  Await(row_, transport_, queue_);
  transport_.metrics().Begin();
  clock_.Begin(context_);
  since_received_ = Stopwatch();
  record_.method = row_.name;
  const size_t bytes = request_.Valid() ? request_.Length() : 0;
  record_.bytes_in = static_cast<int64_t>(bytes);
  entered_ = transport_.gate().Enter();
  if (!entered_) {
    Send(ShuttingDownError());
    return;
  }
  transport_.Dispatch(bytes, [this](const Environment& environment) { Run(environment); });
}

void UnaryCall::Run(const Environment& environment) {
  record_[Stage::kQueue] = since_received_.microseconds();
  Reply reply = clock_.Ended()
                    ? absl::CancelledError()
                    : row_.run(
                          environment, request_, [this] { return clock_.Ended(); }, record_);
  Send(std::move(reply));
}

void UnaryCall::Send(Reply reply) {
  record_.status = clock_.Explain(reply.status());
  request_.Clear();
  if (reply.ok()) {
    writer_.Finish(reply->buffer(), grpc::Status::OK, sent_.Tag());
  } else {
    const grpc::Status status = ToGrpc(record_.status);
    writer_.FinishWithError(status, sent_.Tag());
  }
}

// The log waits until the reply is out, or is known never to be.
void UnaryCall::OnSent(bool ok) {
  if (!ok) record_.status = clock_.Explain(absl::CancelledError());
  transport_.Record(record_);
  End();
}

void UnaryCall::OnDone(bool /*ok*/) {
  if (context_.IsCancelled()) clock_.Cancel();
  End();
}

void UnaryCall::End() {
  if (pending_.fetch_sub(1) == 1) delete this;
}

}  // namespace detloss
