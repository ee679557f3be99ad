// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/request.h"

#include <string>

#include "detloss/v1/loss_service.pb.h"

namespace detloss::bench {
namespace {

void FillTensor(const Tensor& from, v1::Tensor& to) {
  to.set_data_type(static_cast<v1::DataType>(from.type()));
  to.mutable_shape()->Assign(from.shape().begin(), from.shape().end());
  to.set_data(from.bytes().data(), from.bytes().size());
}

std::string Message(const BenchCase& bench_case, const CaseTensors& tensors, int terms) {
  v1::LossTerm term;
  MutableLoss(bench_case, term);
  FillTensor(tensors.prediction(), *term.mutable_prediction());
  FillTensor(tensors.target(), *term.mutable_target());
  if (!bench_case.gradient) term.set_gradient(false);
  if (bench_case.statistics) term.set_statistics(true);
  v1::ComputeLossRequest request;
  for (int i = 0; i < terms; ++i) *request.add_terms() = term;
  return request.SerializeAsString();
}

std::string Raw(const CaseTensors& tensors) {
  std::string bytes;
  for (const Tensor* tensor : {&tensors.prediction(), &tensors.target()}) {
    bytes.append(reinterpret_cast<const char*>(tensor->bytes().data()), tensor->bytes().size());
  }
  return bytes;
}

std::string RequestBytes(const nlohmann::json& question) {
  if (!question.contains("loss")) return "";
  const BenchCase bench_case = ParseCase(question);
  const CaseTensors tensors(bench_case);
  if (question.value("raw", false)) return Raw(tensors);
  return Message(bench_case, tensors, question.value("terms", 1));
}

}  // namespace

google::protobuf::Message& MutableLoss(const BenchCase& bench_case, v1::LossTerm& term) {
  const auto* field =
      v1::LossTerm::descriptor()->FindFieldByName(std::string(bench_case.loss->name));
  return *v1::LossTerm::GetReflection()->MutableMessage(&term, field);
}

grpc::ByteBuffer MakeRequest(const nlohmann::json& question) {
  const grpc::Slice slice(RequestBytes(question));
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace detloss::bench
