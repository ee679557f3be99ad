// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Problems that are right, for the kernels: of any loss, types, shape, layout and options.

#ifndef DETLOSS_TESTS_FUZZ_TAME_PROBLEM_H_
#define DETLOSS_TESTS_FUZZ_TAME_PROBLEM_H_

#include <memory>
#include <vector>

#include "tests/core/problem_data.h"
#include "tests/fuzz/fuzz_input.h"

namespace detloss {

class TameProblem {
 public:
  explicit TameProblem(FuzzInput& in);

  const Problem& problem() const { return data_->problem; }

  // Whether there are any numbers in it, among them NaN, infinite, denormal and enormous ones, and
  // labels beyond the classes. Otherwise all are of ordinary size, and apart from each other by
  // more than rounding.
  bool wild() const { return wild_; }

 private:
  Shape TakeShape(const LossInfo& loss);
  void TakeParameters();
  void TakeParameter(const ParameterSpec& spec, ParameterValues::Value& value);
  void TakeNumbers(TargetKind kind);
  void TakeOptions();
  double Number();
  std::vector<double> Numbers(const Shape& shape);
  std::vector<double> Boxes(const Shape& shape);
  std::vector<double> Shares(const Shape& shape, double max);
  std::vector<double> Labels(const Shape& shape, int64_t end);

  FuzzInput& in_;
  const bool wild_;
  Layout layout_;
  std::unique_ptr<ProblemData> data_;
};

}  // namespace detloss

#endif  // DETLOSS_TESTS_FUZZ_TAME_PROBLEM_H_
