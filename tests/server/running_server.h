// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_TESTS_SERVER_RUNNING_SERVER_H_
#define DETLOSS_TESTS_SERVER_RUNNING_SERVER_H_

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>

#include "detloss/v1/loss_service.grpc.pb.h"
#include "server/server.h"

namespace detloss {

using Stub = std::unique_ptr<v1::LossService::Stub>;

// A channel with a connection of its own.
inline std::shared_ptr<grpc::Channel> ChannelOf(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

inline Stub StubOf(const std::string& address) {
  return v1::LossService::NewStub(ChannelOf(address));
}

inline grpc::Status ComputeOn(v1::LossService::Stub& stub, const v1::ComputeLossRequest& request,
                              v1::ComputeLossResponse& response) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  return stub.ComputeLoss(&context, request, &response);
}

// Whether something becomes true, within a minute.
template <class Condition>
bool Eventually(Condition holds) {
  for (int i = 0; i < 60'000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

// A log that does not fill the output of a test.
class QuietLog {
 public:
  Log& operator*() { return log_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> nowhere_{std::fopen("/dev/null", "w")};
  Log log_{ServerOptions(), nowhere_.get()};
};

// A server on a free port, until the end of its scope. Then it must hold nothing any more.
class RunningServer {
 public:
  explicit RunningServer(ServerOptions options = {}, PressureSource pressure = nullptr,
                         Log* log = nullptr) {
    if (options.listen == ServerOptions().listen) options.listen = "127.0.0.1:0";
    auto server = Server::Create(options, log != nullptr ? *log : *log_, std::move(pressure));
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = StubOf(address());
  }
  ~RunningServer() {
    server_->Shutdown(absl::ZeroDuration(), absl::Seconds(30));
    ExpectNothingIsHeld(server_->ledger());
  }
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;

  Server* operator->() { return server_.get(); }
  const std::string& address() const { return server_->addresses().front(); }
  v1::LossService::Stub* stub() { return stub_.get(); }
  int64_t in_flight() const { return server_->ledger().requests; }

 private:
  static void ExpectNothingIsHeld(const Ledger& ledger) {
    EXPECT_EQ(ledger.requests, 0);
    EXPECT_EQ(ledger.admitted, 0);
    EXPECT_EQ(ledger.bytes, 0);
    EXPECT_EQ(ledger.announced, 0);
    EXPECT_EQ(ledger.buffers, 0u);
    EXPECT_EQ(ledger.work, absl::ZeroDuration());
  }

  QuietLog log_;
  std::unique_ptr<Server> server_;
  Stub stub_;
};

}  // namespace detloss

#endif  // DETLOSS_TESTS_SERVER_RUNNING_SERVER_H_
