// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/server/requests.h"

#include <cstring>

namespace detloss {
namespace {

template <class T>
std::vector<double> Widened(const std::string& data) {
  std::vector<T> values(data.size() / sizeof(T));
  std::memcpy(values.data(), data.data(), values.size() * sizeof(T));
  return {values.begin(), values.end()};
}

}  // namespace

v1::Tensor Values(v1::DataType type, const std::vector<int64_t>& shape,
                  const std::vector<double>& values) {
  v1::Tensor tensor;
  tensor.set_data_type(type);
  tensor.mutable_shape()->Assign(shape.begin(), shape.end());
  tensor.mutable_values()->mutable_values()->Assign(values.begin(), values.end());
  return tensor;
}

v1::Tensor Floats(const std::vector<int64_t>& shape, const std::vector<float>& values) {
  v1::Tensor tensor;
  tensor.set_data_type(v1::DATA_TYPE_FLOAT32);
  tensor.mutable_shape()->Assign(shape.begin(), shape.end());
  tensor.set_data(values.data(), values.size() * sizeof(float));
  return tensor;
}

std::vector<double> ValuesOf(const v1::Tensor& tensor) {
  return tensor.data_type() == v1::DATA_TYPE_FLOAT64 ? Widened<double>(tensor.data())
                                                     : Widened<float>(tensor.data());
}

v1::ComputeLossRequest GiouRequest() {
  v1::ComputeLossRequest request;
  v1::LossTerm& term = *request.add_terms();
  *term.mutable_prediction() = Values(v1::DATA_TYPE_FLOAT64, {1, 4}, {0, 0, 2, 2});
  *term.mutable_target() = Values(v1::DATA_TYPE_FLOAT64, {1, 4}, {1, 1, 3, 3});
  term.mutable_giou();
  return request;
}

v1::ComputeLossRequest FocalRequest(int64_t rows) {
  v1::ComputeLossRequest request;
  v1::LossTerm& term = *request.add_terms();
  const std::vector<float> zeros(static_cast<size_t>(rows));
  *term.mutable_prediction() = Floats({rows}, zeros);
  *term.mutable_target() = Floats({rows}, zeros);
  term.mutable_sigmoid_focal();
  return request;
}

}  // namespace detloss
