// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/hostile_problem.h"

#include <limits>
#include <optional>

namespace detloss {
namespace {

constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr int64_t kNastyLengths[] = {
    -1, kMin, kMax, int64_t{1} << 31, 4096, int64_t{1} << 32, int64_t{1} << 61, int64_t{1} << 62};
constexpr size_t kBytesMax = 8192;

}  // namespace

HostileProblem::HostileProblem(FuzzInput& in) : in_(in) {
  if (!in_.OneIn(32)) problem.loss = &in_.OneOf(AllLosses());
  TakeLimits();
  TakeParameters();
  TakeTensors();
  TakeScalars();
  TakeSegments();
}

void HostileProblem::TakeLimits() {
  if (!in_.OneIn(8)) return;
  for (int64_t* limit :
       {&limits.rank_max, &limits.elements_max, &limits.classes_max, &limits.segments_max}) {
    *limit = in_.Flag() ? kMax : static_cast<int64_t>(in_.Below(8));
  }
}

void HostileProblem::TakeParameters() {
  const LossInfo* of = in_.OneIn(16) ? &in_.OneOf(AllLosses()) : problem.loss;
  if (of == nullptr || in_.OneIn(4)) return;
  problem.parameters = ParameterValues(of->parameters);
  for (size_t i = 0; i < problem.parameters.size(); ++i) {
    if (!in_.OneIn(4)) continue;
    ParameterValues::Value& value = problem.parameters[i];
    value.present = in_.Flag();
    value.number = in_.Flag() ? in_.Any<double>() : static_cast<double>(in_.Below(5));
    value.integer = in_.Flag() ? in_.Any<int64_t>() : static_cast<int64_t>(in_.Below(5));
    value.numbers.resize(in_.Below(6));
    for (double& x : value.numbers) x = in_.OneIn(8) ? in_.Any<double>() : 0.5;
  }
}

int64_t HostileProblem::Length() {
  if (!in_.OneIn(16)) return static_cast<int64_t>(in_.Below(6));
  return in_.Flag() ? in_.OneOf(kNastyLengths) : in_.Any<int64_t>();
}

Shape HostileProblem::AnyShape() {
  Shape shape(in_.OneIn(16) ? in_.Below(12) : in_.Below(4));
  for (int64_t& length : shape) length = Length();
  if (!shape.empty() && in_.Flag()) shape.back() = 4;
  return shape;
}

// The same, that of rows, one to broadcast, or any.
Shape HostileProblem::ShapeFrom(const Shape& shape) {
  Shape other = shape;
  const size_t kind = in_.Below(8);
  if (kind == 7) return AnyShape();
  if (kind >= 4 && !other.empty()) other.pop_back();
  if (kind == 5 && !other.empty()) other.erase(other.begin());
  if (kind == 6 && !other.empty()) other[in_.Below(other.size())] = 1;
  return other;
}

// Cut into at most two fragments, at any address.
Bytes HostileProblem::BytesOf(size_t size) {
  std::vector<Bytes::Fragment> fragments;
  const size_t cut = in_.Flag() ? in_.Below(256) % (size + 1) : size;
  for (const size_t length : {cut, size - cut}) {
    const size_t skip = in_.Below(8);
    std::byte* const data =
        memory_.emplace_back(std::make_unique<std::byte[]>(skip + length)).get() + skip;
    for (size_t i = 0; i < length; ++i) data[i] = in_.Any<std::byte>();
    fragments.emplace_back(data, length);
  }
  return Bytes(absl::MakeConstSpan(fragments));
}

TensorView HostileProblem::Tensor(Shape shape) {
  TensorView tensor;
  tensor.data_type = static_cast<DataType>(1 + in_.Below(7));
  tensor.shape = std::move(shape);
  const std::optional<int64_t> count = ElementCount(tensor.shape);
  const bool right = count && *count < int64_t{kBytesMax} / 8 && !in_.OneIn(16);
  const size_t size = right ? static_cast<size_t>(*count) * SizeOf(tensor.data_type) : in_.Below(9);
  tensor.bytes = BytesOf(size);
  return tensor;
}

void HostileProblem::TakeTensors() {
  problem.prediction = Tensor(AnyShape());
  problem.target = Tensor(ShapeFrom(problem.prediction.shape));
  if (in_.Flag()) problem.weight = Tensor(ShapeFrom(problem.target.shape));
  if (!in_.OneIn(16)) return;
  problem.wrong = {.prediction = in_.Flag(), .target = in_.Flag(), .weight = in_.Flag()};
}

void HostileProblem::TakeScalars() {
  problem.reduction = static_cast<Reduction>(1 + in_.Below(3));
  problem.non_finite = static_cast<NonFinitePolicy>(1 + in_.Below(2));
  problem.gradient = in_.Flag();
  problem.statistics = in_.Flag();
  if (in_.OneIn(8)) problem.normalizer = in_.Any<double>();
  if (in_.OneIn(8)) problem.scale = in_.Any<double>();
  if (in_.OneIn(8)) problem.easy_threshold = in_.Any<double>();
}

void HostileProblem::TakeSegments() {
  if (in_.Flag()) return;
  int64_t row = 0;
  for (size_t count = in_.Below(5); count > 0; --count) {
    problem.segment_offsets.push_back(in_.OneIn(16) ? in_.Any<int64_t>() : row);
    row += static_cast<int64_t>(in_.Below(4));
  }
  const std::optional<int64_t> elements = ElementCount(problem.prediction.shape);
  if (!elements || problem.prediction.shape.empty() || in_.OneIn(8)) return;
  const int64_t width = problem.prediction.shape.back();
  problem.segment_offsets.push_back(width == 0 || in_.OneIn(4) ? *elements : *elements / width);
}

}  // namespace detloss
