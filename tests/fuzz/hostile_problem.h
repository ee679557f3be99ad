// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Problems of which nothing need be right, though much is: else no more than the first check would
// ever be reached.

#ifndef DETLOSS_TESTS_FUZZ_HOSTILE_PROBLEM_H_
#define DETLOSS_TESTS_FUZZ_HOSTILE_PROBLEM_H_

#include <memory>
#include <vector>

#include "detloss/problem.h"
#include "tests/fuzz/fuzz_input.h"

namespace detloss {

class HostileProblem {
 public:
  explicit HostileProblem(FuzzInput& in);

  Problem problem;
  Limits limits;

 private:
  void TakeLimits();
  void TakeParameters();
  void TakeTensors();
  void TakeScalars();
  void TakeSegments();
  int64_t Length();
  Shape AnyShape();
  Shape ShapeFrom(const Shape& shape);
  TensorView Tensor(Shape shape);
  Bytes BytesOf(size_t size);

  FuzzInput& in_;
  std::vector<std::unique_ptr<std::byte[]>> memory_;
};

}  // namespace detloss

#endif  // DETLOSS_TESTS_FUZZ_HOSTILE_PROBLEM_H_
