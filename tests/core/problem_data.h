// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Problems that own their tensors.

#ifndef DETLOSS_TESTS_CORE_PROBLEM_DATA_H_
#define DETLOSS_TESTS_CORE_PROBLEM_DATA_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "detloss/loss.h"

namespace detloss {

// How the bytes of a tensor lie in memory.
struct Layout {
  size_t misalignment = 0;    // bytes from an address that is aligned to 64
  size_t fragment_bytes = 0;  // length of each fragment; 0 is one fragment
};

// A tensor with memory of its own.
class TensorData {
 public:
  TensorData(DataType type, Shape shape, const std::vector<double>& values, Layout layout = {});

  const TensorView& view() const { return view_; }

 private:
  std::vector<std::vector<std::byte>> fragments_;
  TensorView view_;
};

enum class TargetKind { kDense, kUint8, kInt32Index, kInt64Index, kUint8Index };

// What kinds of target a loss takes.
std::vector<TargetKind> TargetKinds(const LossInfo& loss);

// A problem of random data.
struct DataOptions {
  Shape shape = {};  // of the prediction
  DataType type = DataType::kFloat64;
  TargetKind target = TargetKind::kDense;
  DataType target_type = DataType::kFloat64;  // of dense targets
  bool weighted = false;                      // a weight for each item, some of them 0
  Layout layout = {};
  unsigned seed = 1;
};

class ProblemData {
 public:
  ProblemData(const LossInfo& loss, const DataOptions& options);
  // A problem of the given numbers, of the shape of the prediction.
  ProblemData(const LossInfo& loss, DataType type, const Shape& shape,
              const std::vector<double>& prediction, const std::vector<double>& target);

  void SetPrediction(DataType type, Shape shape, const std::vector<double>& values,
                     Layout layout = {});
  void SetTarget(DataType type, Shape shape, const std::vector<double>& values, Layout layout = {});
  void SetWeight(DataType type, Shape shape, const std::vector<double>& values, Layout layout = {});

  // The parameter of that name, for a change.
  ParameterValues::Value& Parameter(absl::string_view name);

  Problem problem;

 private:
  TensorView Own(DataType type, Shape shape, const std::vector<double>& values, Layout layout);

  std::vector<std::unique_ptr<TensorData>> tensors_;
};

// The shape of a prediction of about `elements` numbers that suits the family: [elements] for
// pointwise losses, rows of `classes`, or boxes.
Shape ShapeOf(const LossInfo& loss, int64_t elements, int64_t classes);

bool HasParameter(const LossInfo& loss, absl::string_view name);

// The first kind of target that the loss takes.
TargetKind DefaultTarget(const LossInfo& loss);

// Values of parameters that a caller sets.
ParameterValues::Value NumberOf(double number);
ParameterValues::Value ListOf(std::vector<double> numbers);
ParameterValues::Value IntegerOf(int64_t integer);

// The gradient as numbers.
std::vector<double> GradientOf(const LossResult& result, DataType type);

}  // namespace detloss

#endif  // DETLOSS_TESTS_CORE_PROBLEM_DATA_H_
