// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/load.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <optional>
#include <stdexcept>

#include "common/socket_buffers.h"
#include "tests/bench/timing.h"

namespace detloss::bench {
namespace {

// A server that does not answer must not hold up a benchmark for ever.
constexpr std::chrono::seconds kDeadline(60);

// One of the calls that are outstanding; used again when it is answered.
struct Call {
  std::optional<grpc::ClientContext> context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  grpc::ByteBuffer reply;
  grpc::Status status;
  Clock::time_point begin;
};

class Load {
 public:
  Load(const std::shared_ptr<grpc::Channel>& channel, const LoadOptions& options)
      : options_(options), stub_(channel), calls_(options.outstanding) {
    for (Call& call : calls_) Start(call);
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  // What is outstanding refers to the calls.
  ~Load() {
    while (pending_ > 0) Next();
  }

  // From an answer to an answer, so that nothing is counted in part.
  LoadReport Run() {
    Repeat(options_.warm_up_seconds, [](const Call&) {});
    LoadReport report;
    const Clock::time_point begin = Clock::now();
    Repeat(options_.seconds, [&](const Call& call) {
      report.seconds = SecondsSince(begin);
      report.latencies.push_back(SecondsSince(call.begin));
      report.reply_bytes = call.reply.Length();
    });
    report.started = started_;
    return report;
  }

 private:
  template <class Answered>
  void Repeat(double seconds, const Answered& answered) {
    const Clock::time_point begin = Clock::now();
    for (size_t count = 0; count < calls_.size() || SecondsSince(begin) < seconds; ++count) {
      Call& call = Next();
      if (!call.status.ok()) throw std::runtime_error("call: " + call.status.error_message());
      answered(call);
      Start(call);
    }
  }

  void Start(Call& call) {
    call.reader.reset();  // before the memory that it lies in
    call.context.emplace();
    call.context->set_deadline(std::chrono::system_clock::now() + kDeadline);
    call.begin = Clock::now();
    call.reader =
        stub_.PrepareUnaryCall(&*call.context, options_.method, options_.request, &queue_);
    call.reader->StartCall();
    call.reader->Finish(&call.reply, &call.status, &call);
    ++pending_;
    ++started_;
  }

  Call& Next() {
    void* tag = nullptr;
    bool ok = false;
    queue_.Next(&tag, &ok);
    --pending_;
    return *static_cast<Call*>(tag);
  }

  const LoadOptions& options_;
  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_;
  std::vector<Call> calls_;
  size_t pending_ = 0;
  size_t started_ = 0;
};

}  // namespace

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  RaiseSocketBuffers(arguments);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

LoadReport RunLoad(const std::shared_ptr<grpc::Channel>& channel, const LoadOptions& options) {
  return Load(channel, options).Run();
}

}  // namespace detloss::bench
