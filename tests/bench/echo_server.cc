// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The limit of what a server on gRPC can do: takes the bytes of any method, looks at nothing, and
// answers the method /echo/N with N bytes that are always the same. One completion queue, polled by
// one thread.
//
//     echo_server [PATH]
//
// listens on a free port of 127.0.0.1 and, with larger buffers, on the Unix socket PATH; prints the
// addresses as detlossd does; runs until it is killed.

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include <charconv>
#include <cstdlib>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/allocator.h"
#include "common/socket_buffers.h"

namespace detloss::bench {
namespace {

// What the calls share. Used by the polling thread alone.
struct EchoServer {
  const grpc::ByteBuffer& ReplyOf(const std::string& method) {
    const size_t slash = method.rfind('/') + 1;
    size_t size = 0;
    std::from_chars(method.data() + slash, method.data() + method.size(), size);
    const auto [reply, added] = replies.try_emplace(size);
    if (added) {
      const grpc::Slice slice(std::string(size, '\0'));
      reply->second = grpc::ByteBuffer(&slice, 1);
    }
    return reply->second;
  }

  grpc::AsyncGenericService service;
  std::unique_ptr<grpc::ServerCompletionQueue> queue;
  std::map<size_t, grpc::ByteBuffer> replies;
};

// One call, from waiting for it until nothing is left of it. Deletes itself.
class EchoCall {
 public:
  explicit EchoCall(EchoServer& server) : server_(server) {
    server_.service.RequestCall(&context_, &stream_, server_.queue.get(), server_.queue.get(),
                                this);
  }

  void Proceed(bool ok) {
    if (!ok || step_ == Step::kAnswer) {
      delete this;
    } else if (step_ == Step::kAwait) {
      step_ = Step::kRead;
      new EchoCall(server_);
      stream_.Read(&request_, this);
    } else {
      step_ = Step::kAnswer;
      request_.Clear();
      stream_.WriteAndFinish(server_.ReplyOf(context_.method()), grpc::WriteOptions(),
                             grpc::Status::OK, this);
    }
  }

 private:
  enum class Step { kAwait, kRead, kAnswer };

  EchoServer& server_;
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_{&context_};
  grpc::ByteBuffer request_;
  Step step_ = Step::kAwait;
};

void Poll(EchoServer& server) {
  new EchoCall(server);
  void* tag = nullptr;
  bool ok = false;
  while (server.queue->Next(&tag, &ok)) static_cast<EchoCall*>(tag)->Proceed(ok);
}

int Run(const std::string& path) {
  EchoServer server;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(-1);
  RaiseSocketBuffers(builder);
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  if (!path.empty()) {
    builder.AddListeningPort("unix:" + path, grpc::InsecureServerCredentials());
  }
  builder.RegisterAsyncGenericService(&server.service);
  server.queue = builder.AddCompletionQueue();
  const std::unique_ptr<grpc::Server> grpc_server = builder.BuildAndStart();
  if (grpc_server == nullptr) return EXIT_FAILURE;

  std::vector<std::string> addresses = {"127.0.0.1:" + std::to_string(port)};
  if (!path.empty()) addresses.push_back("unix:" + path);
  std::cout << nlohmann::json{{"event", "serving"}, {"addresses", addresses}} << std::endl;
  Poll(server);
  return EXIT_SUCCESS;
}

}  // namespace
}  // namespace detloss::bench

int main(int argc, char** argv) {
  detloss::TuneAllocator();
  return detloss::bench::Run(argc > 1 ? argv[1] : "");
}
