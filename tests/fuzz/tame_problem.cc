// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/fuzz/tame_problem.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace detloss {
namespace {

constexpr DataType kTypes[] = {DataType::kFloat32, DataType::kFloat64, DataType::kFloat16,
                               DataType::kBfloat16};

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kWild[] = {std::numeric_limits<double>::quiet_NaN(),
                            kInfinity,
                            -kInfinity,
                            0.0,
                            -0.0,
                            5e-324,
                            -1e-310,
                            1e-200,
                            1.4e-45,
                            -1e-40,
                            1.2e-38,
                            6e-8,
                            6e-5,
                            1e-20,
                            1e4,
                            65504,
                            -65520,
                            1e19,
                            3.4e38,
                            -3.4e38,
                            1e154,
                            -1e300,
                            1.7e308,
                            88.7,
                            -104,
                            709.8,
                            -746,
                            17};

size_t Count(const Shape& shape) { return static_cast<size_t>(*ElementCount(shape)); }

bool IsIndex(TargetKind kind) { return kind != TargetKind::kDense && kind != TargetKind::kUint8; }

}  // namespace

TameProblem::TameProblem(FuzzInput& in) : in_(in), wild_(in.Flag()) {
  const LossInfo& loss = in_.OneOf(AllLosses());
  layout_ = {.misalignment = in_.Below(8), .fragment_bytes = in_.OneIn(4) ? 1 + in_.Below(64) : 0};
  const std::vector<TargetKind> kinds = TargetKinds(loss);
  const TargetKind kind = in_.OneOf(kinds);
  Shape shape = TakeShape(loss);
  if (IsIndex(kind) && shape.size() == 1) shape.insert(shape.begin(), 1);
  data_ = std::make_unique<ProblemData>(
      loss, DataOptions{.shape = shape, .type = in_.OneOf(kTypes), .target = kind});
  TakeParameters();
  TakeNumbers(kind);
  TakeOptions();
}

Shape TameProblem::TakeShape(const LossInfo& loss) {
  const auto length = [&](size_t count) { return static_cast<int64_t>(in_.Below(count)); };
  if (loss.family == Family::kBox) return {length(40), 4};
  if (loss.family == Family::kSoftmax) return {length(6), 1 + length(40)};
  // Around a block, or around vectors.
  if (in_.OneIn(32)) return {4090 + length(12)};
  return in_.Flag() ? Shape{length(80)} : Shape{length(6), 1 + length(20)};
}

void TameProblem::TakeParameters() {
  const auto specs = data_->problem.loss->parameters;
  for (const ParameterSpec& spec : specs) {
    if (in_.Flag()) TakeParameter(spec, data_->Parameter(spec.name));
  }
}

void TameProblem::TakeParameter(const ParameterSpec& spec, ParameterValues::Value& value) {
  const auto number = [&] {
    return std::clamp(static_cast<double>(in_.Below(64)) / 8, spec.min, spec.max);
  };
  switch (spec.kind) {
    case ParameterKind::kNumber:
      value.number = number();
      break;
    case ParameterKind::kInteger:
      value.present = false;  // only with class indices: TakeNumbers sets it
      break;
    case ParameterKind::kNumbers:
      value.numbers.resize(static_cast<size_t>(data_->problem.prediction.shape.back()));
      for (double& x : value.numbers) x = number();
      break;
    case ParameterKind::kChoice:
      value.number = static_cast<double>(in_.Below(spec.choices.size()));
      break;
  }
}

double TameProblem::Number() {
  const auto byte = in_.Any<int8_t>();
  if (!wild_ || byte >= 0) return byte / 16.0;
  if (byte == -1) return in_.Any<double>();
  if (byte == -2) return static_cast<double>(in_.Any<float>());
  return kWild[static_cast<size_t>(-byte) % std::size(kWild)];
}

std::vector<double> TameProblem::Numbers(const Shape& shape) {
  std::vector<double> numbers(Count(shape));
  for (double& x : numbers) x = Number();
  return numbers;
}

// Corners with sides of 1/16 and more, which are boxes in every format.
std::vector<double> TameProblem::Boxes(const Shape& shape) {
  if (wild_) return Numbers(shape);
  std::vector<double> boxes(Count(shape));
  for (size_t i = 0; i < boxes.size(); i += 4) {
    for (size_t axis = 0; axis < 2; ++axis) {
      boxes[i + axis] = static_cast<double>(in_.Below(64)) / 16;
      boxes[i + axis + 2] = boxes[i + axis] + static_cast<double>(1 + in_.Below(64)) / 16;
    }
  }
  return boxes;
}

// Numbers of 0 to `max`.
std::vector<double> TameProblem::Shares(const Shape& shape, double max) {
  if (wild_) return Numbers(shape);
  std::vector<double> shares(Count(shape));
  for (double& x : shares) x = static_cast<double>(in_.Below(17)) / 16 * max;
  return shares;
}

std::vector<double> TameProblem::Labels(const Shape& shape, int64_t end) {
  std::vector<double> labels(Count(shape));
  for (double& label : labels) {
    label = std::min<double>(static_cast<double>(in_.Below(64)), static_cast<double>(end - 1));
    if (wild_ && in_.OneIn(64)) label = static_cast<double>(in_.Below(256));
  }
  return labels;
}

void TameProblem::TakeNumbers(TargetKind kind) {
  const Problem& problem = data_->problem;
  const Family family = problem.loss->family;
  const bool box = family == Family::kBox;
  const TensorView prediction = problem.prediction, target = problem.target;
  data_->SetPrediction(prediction.data_type, prediction.shape,
                       box ? Boxes(prediction.shape) : Numbers(prediction.shape), layout_);
  const int64_t classes = prediction.shape.back();
  if (IsIndex(kind)) {
    const int64_t end = std::max<int64_t>(1, classes + (family == Family::kSigmoid));
    data_->SetTarget(target.data_type, target.shape, Labels(target.shape, end), layout_);
    if (HasParameter(*problem.loss, "ignore_index") && in_.Flag()) {
      data_->Parameter("ignore_index") = IntegerOf(static_cast<int64_t>(in_.Below(4)));
    }
  } else if (kind == TargetKind::kUint8) {
    data_->SetTarget(target.data_type, target.shape, Labels(target.shape, 2), layout_);
  } else {
    const bool regression = family == Family::kRegression;
    data_->SetTarget(in_.OneOf(kTypes), target.shape,
                     box          ? Boxes(target.shape)
                     : regression ? Numbers(target.shape)
                                  : Shares(target.shape, 1),
                     layout_);
  }
  if (in_.Flag()) return;
  Shape items = prediction.shape;
  if (box || family == Family::kSoftmax) items.pop_back();
  if (in_.OneIn(4)) items.front() = 1;
  data_->SetWeight(in_.OneOf(kTypes), items, Shares(items, 4), layout_);
}

void TameProblem::TakeOptions() {
  Problem& problem = data_->problem;
  problem.reduction = static_cast<Reduction>(1 + in_.Below(3));
  problem.gradient = !in_.OneIn(8);
  problem.statistics = in_.Flag();
  problem.scale = static_cast<double>(in_.Below(32)) / 8 - 1;
  if (problem.reduction == Reduction::kMean && in_.OneIn(4)) problem.normalizer = 2.5;
  if (wild_ && in_.OneIn(8)) problem.non_finite = NonFinitePolicy::kReject;
  const Shape& shape = problem.prediction.shape;
  if (problem.reduction == Reduction::kNone || shape.size() < 2 || in_.Flag()) return;
  const int64_t cut = std::min<int64_t>(static_cast<int64_t>(in_.Below(8)), shape.front());
  problem.segment_offsets = {0, cut, cut, shape.front()};
}

}  // namespace detloss
