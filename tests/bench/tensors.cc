// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/tensors.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>
#include <vector>

#include "absl/types/span.h"
#include "detloss/convert.h"

namespace detloss::bench {
namespace {

using Row = absl::Span<float>;

// Fills tensors row by row, so that even the largest needs no second copy in another type.
class Random {
 public:
  float Uniform(float low, float high) {
    constexpr float kUnit = 1.0F / static_cast<float>(std::minstd_rand::max());
    return low + (high - low) * kUnit * static_cast<float>(engine_());
  }

  void Between(float low, float high, Row row) {
    for (float& x : row) x = Uniform(low, high);
  }
  void Labels(Row row) {
    for (float& x : row) x = Uniform(0, 1) < 0.25F ? 1 : 0;
  }
  void Indices(float classes, Row row) {
    for (float& x : row) x = std::min(std::floor(Uniform(0, classes)), classes - 1);
  }
  void Distribution(Row row) {
    Between(0, 1, row);
    const float sum = std::accumulate(row.begin(), row.end(), 0.0F);
    for (float& x : row) x /= sum;
  }
  void Box(Row row) {
    Between(0, 1.5, row.first(2));
    for (size_t i = 0; i < 2; ++i) row[2 + i] = row[i] + Uniform(0.25, 2);
  }

 private:
  std::minstd_rand engine_;
};

template <class T>
void StoreAs(Row row, std::byte* to) {
  for (const float x : row) {
    const T element = static_cast<T>(x);
    std::memcpy(to, &element, sizeof element);
    to += sizeof element;
  }
}

void Store(DataType type, Row row, std::byte* to) {
  if (IsFloatingPoint(type)) {
    ConvertFrom(row.data(), row.size(), type, to);
  } else if (type == DataType::kInt32) {
    StoreAs<int32_t>(row, to);
  } else if (type == DataType::kInt64) {
    StoreAs<int64_t>(row, to);
  } else {
    StoreAs<uint8_t>(row, to);
  }
}

template <class FillRow>
void Fill(const Tensor& tensor, size_t width, const FillRow& fill) {
  const size_t size = SizeOf(tensor.type());
  const size_t count = tensor.bytes().size() / size;
  std::vector<float> buffer(width);
  for (size_t begin = 0; begin < count; begin += width) {
    const Row row = absl::MakeSpan(buffer).first(std::min(width, count - begin));
    fill(row);
    Store(tensor.type(), row, tensor.bytes().data() + begin * size);
  }
}

// Rows of tensors in which elements do not depend on each other.
constexpr size_t kAnyWidth = 1024;

void FillPrediction(const BenchCase& bench_case, Random& random, const Tensor& tensor) {
  if (bench_case.loss->family == Family::kBox) {
    Fill(tensor, 4, [&](Row row) { random.Box(row); });
  } else {
    Fill(tensor, kAnyWidth, [&](Row row) { random.Between(-4, 4, row); });
  }
}

void FillTarget(const BenchCase& bench_case, Random& random, const Tensor& tensor) {
  const auto width = static_cast<size_t>(bench_case.PredictionShape().back());
  if (bench_case.HasIndices()) {
    Fill(tensor, kAnyWidth, [&](Row row) { random.Indices(static_cast<float>(width), row); });
  } else if (bench_case.loss->family == Family::kBox) {
    Fill(tensor, 4, [&](Row row) { random.Box(row); });
  } else if (bench_case.loss->family == Family::kSoftmax) {
    Fill(tensor, width, [&](Row row) { random.Distribution(row); });
  } else if (bench_case.loss->family == Family::kSigmoid && !bench_case.soft) {
    Fill(tensor, kAnyWidth, [&](Row row) { random.Labels(row); });
  } else {
    const float low = bench_case.soft || bench_case.target == DataType::kUint8 ? 0 : -3;
    const float high = bench_case.soft ? 1 : 3;
    Fill(tensor, kAnyWidth, [&](Row row) { random.Between(low, high, row); });
  }
}

// One for each box, row or element.
Shape WeightShape(const BenchCase& bench_case) {
  Shape shape = bench_case.PredictionShape();
  if (shape.size() > 1) shape.back() = 1;
  if (bench_case.loss->family == Family::kBox || bench_case.loss->family == Family::kSoftmax) {
    shape.pop_back();
  }
  return shape;
}

}  // namespace

AlignedBytes::AlignedBytes(size_t size) : size_(size), bytes_(new (kAlignment) std::byte[size]) {
  std::fill_n(bytes_.get(), size, std::byte{});
}

Tensor::Tensor(DataType type, Shape shape)
    : type_(type),
      shape_(std::move(shape)),
      bytes_(static_cast<size_t>(*ElementCount(shape_)) * SizeOf(type)) {}

CaseTensors::CaseTensors(const BenchCase& bench_case)
    : case_(bench_case),
      prediction_(bench_case.type, bench_case.PredictionShape()),
      target_(bench_case.target, bench_case.TargetShape()) {
  Random random;
  FillPrediction(case_, random, prediction_);
  FillTarget(case_, random, target_);
  if (!case_.weighted) return;
  weight_.emplace(case_.type, WeightShape(case_));
  Fill(*weight_, kAnyWidth, [&](Row row) { random.Between(0, 2, row); });
}

size_t CaseTensors::ByteCount() const {
  const size_t weight = weight_ ? weight_->bytes().size() : 0;
  return prediction_.bytes().size() + target_.bytes().size() + weight;
}

Problem CaseTensors::problem() const {
  Problem problem;
  problem.loss = case_.loss;
  problem.parameters = ParameterValues(case_.loss->parameters);
  problem.prediction = prediction_.view();
  problem.target = target_.view();
  if (weight_) problem.weight = weight_->view();
  problem.gradient = case_.gradient;
  problem.statistics = case_.statistics;
  return problem;
}

}  // namespace detloss::bench
