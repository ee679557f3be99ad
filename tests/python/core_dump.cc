// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Computes the cases that it reads from its input, as JSON, in binary64: for comparison with other
// libraries. A case is {loss, parameters, shape, prediction, target or index, reduction}; an
// answer {loss, gradient}.

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "detloss/convert.h"
#include "detloss/loss.h"

namespace detloss {
namespace {

using nlohmann::json;

[[noreturn]] void Fail(const std::string& why) {
  std::cerr << "core_dump: " << why << "\n";
  std::exit(1);
}

void SetParameter(const ParameterSpec& spec, const json& from, ParameterValues::Value& value) {
  value.present = true;
  switch (spec.kind) {
    case ParameterKind::kNumber:
      value.number = from.get<double>();
      return;
    case ParameterKind::kInteger:
      value.integer = from.get<int64_t>();
      return;
    case ParameterKind::kNumbers:
      value.numbers = from.get<std::vector<double>>();
      return;
    case ParameterKind::kChoice:
      for (size_t i = 0; i < spec.choices.size(); ++i) {
        if (spec.choices[i] == from.get<std::string>()) value.number = static_cast<double>(i);
      }
      return;
  }
}

ParameterValues ReadParameters(const LossInfo& loss, const json& from) {
  ParameterValues values(loss.parameters);
  for (const auto& [name, number] : from.items()) {
    size_t i = 0;
    while (i < loss.parameters.size() && loss.parameters[i].name != name) ++i;
    if (i == loss.parameters.size()) Fail(std::string(loss.name) + " has no parameter " + name);
    SetParameter(loss.parameters[i], number, values[i]);
  }
  return values;
}

Reduction ReadReduction(const std::string& name) {
  if (name == "none") return Reduction::kNone;
  return name == "sum" ? Reduction::kSum : Reduction::kMean;
}

json Run(const json& from) {
  const LossInfo* loss = FindLoss(from.at("loss").get<std::string>());
  if (loss == nullptr) Fail("unknown loss");
  const auto dimensions = from.at("shape").get<std::vector<int64_t>>();
  const Shape shape(dimensions.begin(), dimensions.end());
  const auto prediction = from.at("prediction").get<std::vector<double>>();
  const auto target = from.value("target", std::vector<double>());
  const auto index = from.value("index", std::vector<int64_t>());
  Problem problem;
  problem.loss = loss;
  problem.parameters = ReadParameters(*loss, from.value("parameters", json::object()));
  problem.reduction = ReadReduction(from.value("reduction", "mean"));
  problem.prediction = TensorView::Of(DataType::kFloat64, shape, prediction.data());
  problem.target = TensorView::Of(DataType::kFloat64, shape, target.data());
  if (from.contains("index")) {
    problem.target =
        TensorView::Of(DataType::kInt64, Shape(shape.begin(), shape.end() - 1), index.data());
  }
  const absl::StatusOr<LossResult> result = ComputeLoss(problem);
  if (!result.ok()) Fail(std::string(result.status().message()));
  std::vector<double> gradient(prediction.size());
  ConvertTo(DataType::kFloat64, result->gradient.data(), gradient.size(), gradient.data());
  return {{"loss", result->loss}, {"gradient", gradient}};
}

}  // namespace
}  // namespace detloss

int main() {
  nlohmann::json answers = nlohmann::json::array();
  for (const nlohmann::json& from : nlohmann::json::parse(std::cin)) {
    answers.push_back(detloss::Run(from));
  }
  std::cout << answers;
}
