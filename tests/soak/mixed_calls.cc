// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/soak/mixed_calls.h"

#include <chrono>
#include <thread>
#include <utility>

#include "tests/bench/load.h"
#include "tests/soak/latencies.h"

namespace detloss::bench {
namespace {

// A call that takes longer has been forgotten.
constexpr std::chrono::seconds kDeadline(60);

constexpr size_t kStreamItemBytesMax = 1 << 20;

v1::ComputeLossRequest RequestOfSize(size_t bytes) {
  v1::ComputeLossRequest request;
  v1::LossTerm& term = *request.add_terms();
  term.mutable_smooth_l1();
  for (v1::Tensor* tensor : {term.mutable_prediction(), term.mutable_target()}) {
    tensor->set_data_type(v1::DATA_TYPE_FLOAT32);
    tensor->add_shape(static_cast<int64_t>(bytes / 8));
    tensor->set_data(std::string(bytes / 8 * 4, '\0'));
  }
  return request;
}

auto In(std::chrono::microseconds time) { return std::chrono::system_clock::now() + time; }

}  // namespace

std::vector<v1::ComputeLossRequest> RequestsOfAllSizes(size_t bytes_max) {
  std::vector<v1::ComputeLossRequest> requests;
  for (size_t bytes = 1024; bytes <= bytes_max; bytes *= 2) {
    requests.push_back(RequestOfSize(bytes));
  }
  return requests;
}

MixedCalls::MixedCalls(std::string address, const std::vector<v1::ComputeLossRequest>& requests,
                       uint32_t seed)
    : address_(std::move(address)), requests_(requests), random_(seed) {
  NewConnection();
}

void MixedCalls::DoSomething() {
  struct Kind {
    const char* name;
    grpc::Status (MixedCalls::*act)();
    size_t weight;
  };
  static constexpr Kind kKinds[] = {
      {"compute", &MixedCalls::Compute, 20},
      {"wrong", &MixedCalls::WrongShape, 5},
      {"cancel", &MixedCalls::Cancel, 5},
      {"deadline", &MixedCalls::Deadline, 5},
      {"stream", &MixedCalls::WholeStream, 5},
      {"left_stream", &MixedCalls::LeftStream, 5},
      {"connection", &MixedCalls::NewConnection, 1},
  };
  static constexpr size_t kWeights = 46;
  size_t chosen = Below(kWeights);
  const Kind* kind = kKinds;
  while (chosen >= kind->weight) chosen -= (kind++)->weight;
  ++outcomes_[kind->name][CodeName((this->*kind->act)().error_code())];
}

const v1::ComputeLossRequest& MixedCalls::AnyRequest() {
  return requests_[Below(requests_.size())];
}

grpc::Status MixedCalls::Call(grpc::ClientContext& context, const v1::ComputeLossRequest& request) {
  v1::ComputeLossResponse response;
  return stub_->ComputeLoss(&context, request, &response);
}

grpc::Status MixedCalls::Compute() {
  grpc::ClientContext context;
  context.set_deadline(In(kDeadline));
  return Call(context, AnyRequest());
}

grpc::Status MixedCalls::WrongShape() {
  v1::ComputeLossRequest request = AnyRequest();
  request.mutable_terms(0)->mutable_prediction()->set_shape(0, 7);
  grpc::ClientContext context;
  context.set_deadline(In(kDeadline));
  return Call(context, request);
}

grpc::Status MixedCalls::Cancel() {
  grpc::ClientContext context;
  context.set_deadline(In(kDeadline));
  const std::chrono::microseconds delay(Below(5000));
  const std::jthread canceller([&context, delay] {
    std::this_thread::sleep_for(delay);
    context.TryCancel();
  });
  return Call(context, AnyRequest());
}

grpc::Status MixedCalls::Deadline() {
  grpc::ClientContext context;
  context.set_deadline(In(std::chrono::microseconds(Below(20000))));
  return Call(context, AnyRequest());
}

v1::StreamComputeLossRequest MixedCalls::AnyItem() {
  v1::StreamComputeLossRequest item;
  do {
    *item.mutable_request() = AnyRequest();
  } while (item.ByteSizeLong() > 2 * kStreamItemBytesMax);
  return item;
}

grpc::Status MixedCalls::WholeStream() {
  grpc::ClientContext context;
  context.set_deadline(In(kDeadline));
  const std::unique_ptr<Stream> stream = stub_->StreamComputeLoss(&context);
  const size_t items = 1 + Below(10);
  size_t answers = 0;
  const std::jthread writer([&] {
    for (size_t i = 0; i < items; ++i) stream->Write(AnyItem());
    stream->WritesDone();
  });
  v1::StreamComputeLossResponse response;
  while (stream->Read(&response)) answers += response.has_response() || response.has_error();
  const grpc::Status status = stream->Finish();
  if (status.ok() && answers != items) return {grpc::StatusCode::DATA_LOSS, "items without answer"};
  return status;
}

// Some of the answers wait for a client that has gone.
grpc::Status MixedCalls::LeftStream() {
  grpc::ClientContext context;
  context.set_deadline(In(kDeadline));
  const std::unique_ptr<Stream> stream = stub_->StreamComputeLoss(&context);
  for (size_t i = Below(10); i > 0; --i) stream->Write(AnyItem());
  context.TryCancel();
  return stream->Finish();
}

grpc::Status MixedCalls::NewConnection() {
  stub_ = v1::LossService::NewStub(Connect(address_));
  return grpc::Status::OK;
}

}  // namespace detloss::bench
