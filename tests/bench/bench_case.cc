// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/bench_case.h"

#include <stdexcept>
#include <string>

#include "tests/bench/tensors.h"

namespace detloss::bench {
namespace {

using nlohmann::json;

// COCO's.
constexpr int64_t kClasses = 80;

constexpr DataType kPredictionTypes[] = {DataType::kFloat32, DataType::kFloat64, DataType::kFloat16,
                                         DataType::kBfloat16};
constexpr DataType kTargetTypes[] = {DataType::kFloat32,  DataType::kFloat64, DataType::kFloat16,
                                     DataType::kBfloat16, DataType::kUint8,   DataType::kInt32,
                                     DataType::kInt64};

DataType ParseType(const std::string& name) {
  for (const DataType type : kTargetTypes) {
    if (Name(type) == name) return type;
  }
  throw std::invalid_argument("no data type: " + name);
}

// Of the types that a target may have: that of the prediction, binary32, bytes, class indices.
bool IsUsual(const BenchCase& bench_case) {
  const DataType target = bench_case.target;
  if (IsFloatingPoint(target)) return target == bench_case.type || target == DataType::kFloat32;
  return target == DataType::kUint8 || bench_case.HasIndices();
}

bool Plans(const BenchCase& bench_case) {
  const CaseTensors tensors(bench_case);
  std::vector<Violation> violations;
  return MakePlan(tensors.problem(), Limits(), violations).has_value();
}

}  // namespace

bool BenchCase::HasIndices() const {
  if (!IsClassification(loss->family) || IsFloatingPoint(target)) return false;
  return loss->family == Family::kSoftmax || target != DataType::kUint8;
}

Shape BenchCase::PredictionShape() const {
  if (loss->family == Family::kBox) return {elements / 4, 4};
  if (loss->family == Family::kSoftmax || HasIndices()) return {elements / kClasses, kClasses};
  return {elements};
}

Shape BenchCase::TargetShape() const {
  Shape shape = PredictionShape();
  if (HasIndices()) shape.pop_back();
  return shape;
}

int64_t BenchCase::ItemCount() const {
  const Shape shape = PredictionShape();
  return loss->family == Family::kBox ? shape.front() : *ElementCount(shape);
}

BenchCase ParseCase(const json& from) {
  BenchCase parsed;
  const std::string loss = from.at("loss");
  const std::string type = from.value("type", "FLOAT32");
  parsed.loss = FindLoss(loss);
  if (parsed.loss == nullptr) throw std::invalid_argument("no loss: " + loss);
  parsed.type = ParseType(type);
  parsed.target = ParseType(from.value("target", type));
  parsed.elements = from.at("elements");
  parsed.soft = from.value("soft", false);
  parsed.weighted = from.value("weighted", false);
  parsed.gradient = from.value("gradient", true);
  parsed.statistics = from.value("statistics", false);
  return parsed;
}

std::vector<BenchCase> AllCases() {
  std::vector<BenchCase> cases;
  for (const LossInfo& loss : AllLosses()) {
    for (const DataType type : kPredictionTypes) {
      for (const DataType target : kTargetTypes) {
        const BenchCase bench_case = {
            .loss = &loss, .type = type, .target = target, .elements = kClasses};
        if (IsUsual(bench_case) && Plans(bench_case)) cases.push_back(bench_case);
      }
    }
  }
  return cases;
}

json ToJson(const BenchCase& bench_case) {
  return {{"loss", bench_case.loss->name},
          {"type", Name(bench_case.type)},
          {"target", Name(bench_case.target)},
          {"indices", bench_case.HasIndices()}};
}

}  // namespace detloss::bench
