// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// What a benchmark computes, as it travels between programs: one line of JSON.

#ifndef DETLOSS_TESTS_BENCH_BENCH_CASE_H_
#define DETLOSS_TESTS_BENCH_BENCH_CASE_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "detloss/loss.h"

namespace detloss::bench {

// A loss, the types of its tensors and their size. Parameters are the defaults.
struct BenchCase {
  const LossInfo* loss = nullptr;
  DataType type = DataType::kFloat32;    // of the prediction
  DataType target = DataType::kFloat32;  // of the target
  int64_t elements = 0;                  // of the prediction
  bool soft = false;                     // targets of sigmoid losses between 0 and 1, not at them
  bool weighted = false;
  bool gradient = true;
  bool statistics = false;

  // Whether the target is class indices.
  bool HasIndices() const;

  // [boxes, 4], [rows, classes], or [elements].
  Shape PredictionShape() const;
  // The same, or [rows].
  Shape TargetShape() const;

  // Boxes of box losses, else elements: what costs are told for.
  int64_t ItemCount() const;
};

// Reads {"loss": "ciou", "elements": 4096}, where "type" (default "FLOAT32"), "target" (default
// that type), "soft", "weighted", "gradient" and "statistics" may follow. Throws if it is none.
BenchCase ParseCase(const nlohmann::json& from);

// Every loss with every type of prediction and every kind of target that it takes.
std::vector<BenchCase> AllCases();

nlohmann::json ToJson(const BenchCase& bench_case);

}  // namespace detloss::bench

#endif  // DETLOSS_TESTS_BENCH_BENCH_CASE_H_
