// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_TESTS_SERVER_HELD_CALL_H_
#define DETLOSS_TESTS_SERVER_HELD_CALL_H_

#include <google/protobuf/message_lite.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <thread>

#include "common/request_bytes.h"
#include "tests/server/running_server.h"

namespace detloss {

// A call that announces a request and does not send it, until the end of its scope. Waits until it
// is there, if it `counts` as one.
class HeldCall {
 public:
  explicit HeldCall(RunningServer& server, int64_t bytes = 0,
                    const std::string& method = "/detloss.v1.LossService/ComputeLoss",
                    bool counts = true)
      : stub_(grpc::CreateChannel(server.address(), grpc::InsecureChannelCredentials())) {
    const int64_t before = server->ledger().admitted;
    context_.AddMetadata(kRequestBytesKey, std::to_string(bytes));
    call_ = stub_.PrepareCall(&context_, method, &queue_);
    call_->StartCall(nullptr);
    Wait();
    if (!counts) return;
    EXPECT_TRUE(Eventually([&] { return server->ledger().admitted != before; }));
  }
  ~HeldCall() {
    context_.TryCancel();
    if (!finished_) Finish();
  }
  HeldCall(const HeldCall&) = delete;
  HeldCall& operator=(const HeldCall&) = delete;

  // Sends a request after all, and takes no reply.
  void Send(const google::protobuf::MessageLite& request) {
    const grpc::Slice slice(request.SerializeAsString());
    call_->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), nullptr);
    Wait();
  }

  // Waits for the end of the call.
  grpc::Status Finish() {
    finished_ = true;
    grpc::Status status;
    call_->Finish(&status, nullptr);
    Wait();
    return status;
  }

 private:
  void Wait() {
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
  }

  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  bool finished_ = false;
};

}  // namespace detloss

#endif  // DETLOSS_TESTS_SERVER_HELD_CALL_H_
