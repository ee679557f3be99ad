// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "detloss/client/loss_client.h"

#include <google/protobuf/wrappers.pb.h>
#include <grpcpp/generic/generic_stub.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/cpp/address.h"
#include "client/cpp/channel.h"
#include "client/cpp/connections.h"
#include "client/cpp/credentials.h"
#include "client/cpp/explain.h"
#include "client/cpp/grpc_status.h"
#include "client/cpp/request.h"
#include "client/cpp/retry.h"
#include "common/request_bytes.h"

namespace detloss::client {
namespace {

// `grpc.health.v1.HealthCheckRequest` and `HealthCheckResponse` are these on the wire. Generating
// our own would collide with the ones that a program may have.
using HealthRequest = google::protobuf::StringValue;
using HealthResponse = google::protobuf::Int32Value;
constexpr char kComputeMethod[] = "/detloss.v1.LossService/ComputeLoss";
constexpr char kHealthMethod[] = "/grpc.health.v1.Health/Check";
constexpr int kServing = 1;

// Calls `method` of any service. The calling thread polls for the answer itself, which saves the
// way through a thread of gRPC.
template <typename Request, typename Response>
grpc::Status CallUnary(const std::shared_ptr<grpc::Channel>& channel, const char* method,
                       grpc::ClientContext& context, const Request& request, Response& response) {
  grpc::CompletionQueue queue;
  grpc::TemplatedGenericStub<Request, Response> stub(channel);
  const auto call = stub.PrepareUnaryCall(&context, method, request, &queue);
  call->StartCall();
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  return status;
}

absl::Status ToHealth(const absl::Status& status, int serving_status) {
  if (!status.ok() || serving_status == kServing) return status;
  return absl::UnavailableError("the server is not serving");
}

// Has a server know the size of a large request before it arrives.
void Announce(size_t request_bytes, grpc::ClientContext& context) {
  if (request_bytes < kAnnouncedBytesMin) return;
  context.AddMetadata(kRequestBytesKey, absl::StrCat(request_bytes));
}

}  // namespace

void LossStream::WritesDone() {
  if (!std::exchange(writes_done_, true)) call_->WritesDone();
}

absl::Status LossStream::Finish() {
  WritesDone();
  // gRPC holds the status back until the last answer is read.
  v1::StreamComputeLossResponse unread;
  while (call_->Read(&unread)) {
  }
  return ToAbslStatus(call_->Finish());
}

struct LossClient::State {
  // `the_address` is empty when it is not known where the channels lead.
  State(const Channels& channels, std::string the_address, ClientOptions the_options)
      : options(std::move(the_options)),
        address(std::move(the_address)),
        authorization(MakeAuthorization(options.token)),
        connections(channels, SplitAddress(address).size() > 1) {}

  // Repeats `attempt` within the deadline, each time with a new context.
  absl::Status Retry(
      absl::Duration deadline,
      absl::FunctionRef<grpc::Status(const Connection&, grpc::ClientContext&)> attempt) const {
    const Connection* connection = nullptr;
    RetryClock clock;
    clock.sleep = [&](absl::Duration duration) {
      options.sleep ? options.sleep(duration) : connections.Wait(*connection, duration);
    };
    const absl::Time end = clock.now() + deadline;
    const absl::Status status = RetryLoop(
        options, end,
        [&] {
          connection = connection ? &connections.After(*connection) : &connections.Next();
          grpc::ClientContext context;
          context.set_deadline(absl::ToChronoTime(end));
          Authorize(authorization, context);
          const grpc::Status outcome = attempt(*connection, context);
          return ToAbslStatus(outcome, context.GetServerTrailingMetadata());
        },
        clock);
    return address.empty() ? status : Explain(status, address, deadline);
  }

  // Calls `method` of the stub. `request_bytes`: see Announce.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (v1::LossService::StubInterface::*method)(
                                    grpc::ClientContext*, const Request&, Response*),
                                const Request& request, absl::Duration deadline,
                                size_t request_bytes = 0) const {
    Response response;
    const absl::Status status =
        Retry(deadline, [&](const Connection& connection, grpc::ClientContext& context) {
          Announce(request_bytes, context);
          return ((*connection.stub).*method)(&context, request, &response);
        });
    if (!status.ok()) return status;
    return response;
  }

  ClientOptions options;
  std::string address;
  std::string authorization;
  Connections connections;
};

LossClient::LossClient(const ClientOptions& options)
    : state_(std::make_shared<const State>(MakeChannels(options), options.address, options)) {}

LossClient::LossClient(std::shared_ptr<grpc::Channel> channel, ClientOptions options)
    : state_(std::make_shared<const State>(Channels{std::move(channel)}, "", std::move(options))) {}

absl::StatusOr<LossResult> LossClient::Compute(const google::protobuf::Message& loss,
                                               const TensorRef& prediction, const TensorRef& target,
                                               const TermOptions& options) const {
  const absl::StatusOr<grpc::ByteBuffer> request = EncodeRequest(loss, prediction, target, options);
  if (!request.ok()) return request.status();
  v1::ComputeLossResponse response;
  const absl::Status status = state_->Retry(
      options.deadline.value_or(state_->options.deadline),
      [&](const Connection& connection, grpc::ClientContext& context) {
        Announce(request->Length(), context);
        return CallUnary(connection.channel, kComputeMethod, context, *request, response);
      });
  if (!status.ok()) return status;
  if (response.results_size() != 1) {
    return absl::InternalError(
        absl::StrCat("the server answered one term with ", response.results_size()));
  }
  return LossResult{response.total_loss(), std::move(*response.mutable_results(0)),
                    response.timing()};
}

absl::StatusOr<v1::ComputeLossResponse> LossClient::ComputeLoss(
    const v1::ComputeLossRequest& request, std::optional<absl::Duration> deadline) const {
  return state_->Call(&v1::LossService::StubInterface::ComputeLoss, request,
                      deadline.value_or(state_->options.deadline), request.ByteSizeLong());
}

LossStream LossClient::StreamComputeLoss(absl::Duration deadline) const {
  auto context = std::make_unique<grpc::ClientContext>();
  Authorize(state_->authorization, *context);
  if (deadline != absl::InfiniteDuration()) {
    context->set_deadline(absl::ToChronoTime(absl::Now() + deadline));
  }
  auto call = state_->connections.Next().stub->StreamComputeLoss(context.get());
  return LossStream(std::move(context), std::move(call));
}

absl::StatusOr<v1::ListLossesResponse> LossClient::ListLosses() const {
  return state_->Call(&v1::LossService::StubInterface::ListLosses, v1::ListLossesRequest(),
                      state_->options.deadline);
}

absl::StatusOr<v1::GetServerInfoResponse> LossClient::GetServerInfo() const {
  return state_->Call(&v1::LossService::StubInterface::GetServerInfo, v1::GetServerInfoRequest(),
                      state_->options.deadline);
}

absl::Status LossClient::CheckHealth(const std::string& service) const {
  HealthRequest request;
  request.set_value(service);
  HealthResponse response;
  const absl::Status status = state_->Retry(
      state_->options.deadline, [&](const Connection& connection, grpc::ClientContext& context) {
        return CallUnary(connection.channel, kHealthMethod, context, request, response);
      });
  return ToHealth(status, response.value());
}

}  // namespace detloss::client
