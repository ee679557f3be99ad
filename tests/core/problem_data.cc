// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/core/problem_data.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>

#include "detloss/convert.h"

namespace detloss {
namespace {

template <class S>
void EncodeAs(const std::vector<double>& values, std::byte* to) {
  for (size_t i = 0; i < values.size(); ++i) {
    const S x = static_cast<S>(values[i]);
    std::memcpy(to + i * sizeof x, &x, sizeof x);
  }
}

std::vector<std::byte> Encode(DataType type, const std::vector<double>& values) {
  std::vector<std::byte> bytes(values.size() * SizeOf(type));
  if (IsFloatingPoint(type)) {
    ConvertFrom(values.data(), values.size(), type, bytes.data());
  } else if (type == DataType::kInt32) {
    EncodeAs<int32_t>(values, bytes.data());
  } else if (type == DataType::kInt64) {
    EncodeAs<int64_t>(values, bytes.data());
  } else {
    EncodeAs<uint8_t>(values, bytes.data());
  }
  return bytes;
}

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}

  double Uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(engine_()) / 4294967296.0;
  }
  int64_t Below(int64_t count) {
    return static_cast<int64_t>(engine_() % static_cast<size_t>(count));
  }

 private:
  std::mt19937 engine_;
};

// Boxes by corners with sides of 0.25 to 2: most pairs overlap, some do not. They read as boxes of
// positive sides in every format.
std::vector<double> Boxes(size_t count, Random& random) {
  std::vector<double> boxes;
  for (size_t i = 0; i < count; ++i) {
    const double x = random.Uniform(0, 1.5), y = random.Uniform(0, 1.5);
    const double w = random.Uniform(0.25, 2), h = random.Uniform(0.25, 2);
    boxes.insert(boxes.end(), {x, y, x + w, y + h});
  }
  return boxes;
}

std::vector<double> Numbers(size_t count, double low, double high, Random& random) {
  std::vector<double> numbers;
  for (size_t i = 0; i < count; ++i) numbers.push_back(random.Uniform(low, high));
  return numbers;
}

// Targets of sigmoid losses: 0, 1 and everything between.
std::vector<double> Probabilities(size_t count, Random& random) {
  std::vector<double> targets = Numbers(count, -0.5, 1.5, random);
  for (double& t : targets) t = std::clamp(t, 0.0, 1.0);
  return targets;
}

// Rows that sum to 1 unless rounded.
std::vector<double> Distributions(size_t count, size_t classes, Random& random) {
  std::vector<double> targets = Numbers(count, 0, 1, random);
  for (size_t r = 0; classes > 0 && r < count / classes; ++r) {
    const auto row = targets.begin() + static_cast<std::ptrdiff_t>(r * classes);
    const auto end = row + static_cast<std::ptrdiff_t>(classes);
    const double sum = std::accumulate(row, end, 0.0);
    std::for_each(row, end, [&](double& t) { t /= sum; });
  }
  return targets;
}

// Labels, among them the background where the loss has one and the type can say -1.
std::vector<double> Labels(size_t rows, int64_t classes, bool background, Random& random) {
  std::vector<double> labels;
  for (size_t r = 0; r < rows; ++r) {
    const int64_t label = random.Below(background ? classes + 1 : classes);
    labels.push_back(static_cast<double>(label));
  }
  return labels;
}

size_t Count(const Shape& shape) { return static_cast<size_t>(*ElementCount(shape)); }

DataType IndexType(TargetKind kind) {
  if (kind == TargetKind::kInt32Index) return DataType::kInt32;
  return kind == TargetKind::kInt64Index ? DataType::kInt64 : DataType::kUint8;
}

std::vector<double> DenseTarget(const LossInfo& loss, size_t count, size_t classes,
                                Random& random) {
  switch (loss.family) {
    case Family::kRegression:
      return Numbers(count, -3, 3, random);
    case Family::kSigmoid:
      return Probabilities(count, random);
    case Family::kSoftmax:
      return Distributions(count, classes, random);
    case Family::kBox:
      return Boxes(count / 4, random);
  }
  return {};
}

}  // namespace

TensorData::TensorData(DataType type, Shape shape, const std::vector<double>& values,
                       Layout layout) {
  const std::vector<std::byte> bytes = Encode(type, values);
  const size_t length = layout.fragment_bytes ? layout.fragment_bytes : bytes.size() + 1;
  std::vector<Bytes::Fragment> views;
  for (size_t begin = 0; begin < bytes.size(); begin += length) {
    const size_t size = std::min(length, bytes.size() - begin);
    std::vector<std::byte>& fragment = fragments_.emplace_back(size + 128);
    const auto address = reinterpret_cast<uintptr_t>(fragment.data());
    std::byte* const data = fragment.data() + (64 - address % 64) % 64 + layout.misalignment;
    std::memcpy(data, bytes.data() + begin, size);
    views.emplace_back(data, size);
  }
  view_ = {type, std::move(shape), Bytes(absl::MakeConstSpan(views))};
}

std::vector<TargetKind> TargetKinds(const LossInfo& loss) {
  using enum TargetKind;
  if (loss.needs_class_indices) return {kInt64Index, kInt32Index, kUint8Index};
  switch (loss.family) {
    case Family::kSigmoid:
      return {kDense, kUint8, kInt64Index, kInt32Index, kUint8Index};
    case Family::kSoftmax:
      return {kDense, kInt64Index, kInt32Index, kUint8Index};
    default:
      return {kDense};
  }
}

bool HasParameter(const LossInfo& loss, absl::string_view name) {
  return std::any_of(loss.parameters.begin(), loss.parameters.end(),
                     [&](const ParameterSpec& spec) { return spec.name == name; });
}

TargetKind DefaultTarget(const LossInfo& loss) { return TargetKinds(loss).front(); }

TensorView ProblemData::Own(DataType type, Shape shape, const std::vector<double>& values,
                            Layout layout) {
  tensors_.push_back(std::make_unique<TensorData>(type, std::move(shape), values, layout));
  return tensors_.back()->view();
}

ProblemData::ProblemData(const LossInfo& loss, const DataOptions& options) {
  Random random(options.seed);
  const Shape& shape = options.shape;
  const size_t count = Count(shape);
  const int64_t classes = shape.empty() ? 1 : shape.back();
  const bool box = loss.family == Family::kBox;
  problem.loss = &loss;
  problem.parameters = ParameterValues(loss.parameters);
  problem.prediction =
      Own(options.type, shape, box ? Boxes(count / 4, random) : Numbers(count, -4, 4, random),
          options.layout);
  Shape items = shape;
  if (box || loss.family == Family::kSoftmax) items.pop_back();
  if (options.target == TargetKind::kDense) {
    const auto target = DenseTarget(loss, count, static_cast<size_t>(classes), random);
    SetTarget(options.target_type, shape, target, options.layout);
  } else if (options.target == TargetKind::kUint8) {
    SetTarget(DataType::kUint8, shape, Labels(count, 2, false, random), options.layout);
  } else {
    Shape rows = shape;
    rows.pop_back();
    const bool background = loss.family == Family::kSigmoid;
    // A byte has no more than 256 labels.
    const int64_t labels =
        options.target == TargetKind::kUint8Index ? std::min<int64_t>(classes, 255) : classes;
    SetTarget(IndexType(options.target), rows, Labels(Count(rows), labels, background, random),
              options.layout);
  }
  if (options.weighted) {
    std::vector<double> weight = Numbers(Count(items), -0.5, 2, random);
    for (double& w : weight) w = std::max(w, 0.0);
    SetWeight(options.type, items, weight, options.layout);
  }
}

ProblemData::ProblemData(const LossInfo& loss, DataType type, const Shape& shape,
                         const std::vector<double>& prediction, const std::vector<double>& target) {
  problem.loss = &loss;
  problem.parameters = ParameterValues(loss.parameters);
  problem.prediction = Own(type, shape, prediction, {});
  problem.target = Own(type, shape, target, {});
}

void ProblemData::SetPrediction(DataType type, Shape shape, const std::vector<double>& values,
                                Layout layout) {
  problem.prediction = Own(type, std::move(shape), values, layout);
}

void ProblemData::SetTarget(DataType type, Shape shape, const std::vector<double>& values,
                            Layout layout) {
  problem.target = Own(type, std::move(shape), values, layout);
}

void ProblemData::SetWeight(DataType type, Shape shape, const std::vector<double>& values,
                            Layout layout) {
  problem.weight = Own(type, std::move(shape), values, layout);
}

ParameterValues::Value& ProblemData::Parameter(absl::string_view name) {
  const auto specs = problem.loss->parameters;
  size_t i = 0;
  while (specs[i].name != name) ++i;
  problem.parameters[i].present = true;
  return problem.parameters[i];
}

Shape ShapeOf(const LossInfo& loss, int64_t elements, int64_t classes) {
  if (loss.family == Family::kBox) return {elements / 4, 4};
  if (loss.family == Family::kSoftmax) return {elements / classes, classes};
  return {elements};
}

ParameterValues::Value NumberOf(double number) {
  ParameterValues::Value value;
  value.number = number;
  value.present = true;
  return value;
}

ParameterValues::Value ListOf(std::vector<double> numbers) {
  ParameterValues::Value value;
  value.present = !numbers.empty();
  value.numbers = std::move(numbers);
  return value;
}

ParameterValues::Value IntegerOf(int64_t integer) {
  ParameterValues::Value value;
  value.integer = integer;
  value.present = true;
  return value;
}

std::vector<double> GradientOf(const LossResult& result, DataType type) {
  std::vector<double> gradient(result.gradient.size() / SizeOf(type));
  ConvertTo(type, result.gradient.data(), gradient.size(), gradient.data());
  return gradient;
}

}  // namespace detloss
