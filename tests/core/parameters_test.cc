// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Every combination of parameter values away from their defaults, read from the parameter tables,
// against the reference on every SIMD target.

#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "tests/core/compare.h"
#include "tests/core/problem_data.h"
#include "tests/core/simd_target.h"

namespace detloss {
namespace {

using Value = ParameterValues::Value;

constexpr int64_t kRows = 6;
constexpr int64_t kClasses = 5;

// The ends of the range, the default, and some numbers between.
std::vector<Value> Numbers(const ParameterSpec& spec) {
  std::vector<Value> values = {NumberOf(spec.default_value), NumberOf(spec.min),
                               NumberOf(spec.max)};
  if (!std::isnan(spec.off_value)) values.push_back(NumberOf(spec.off_value));
  for (const double number : {1e-4, 0.3, 3.0}) {
    if (number >= spec.min && number <= spec.max) values.push_back(NumberOf(number));
  }
  return values;
}

std::vector<Value> Candidates(const ParameterSpec& spec, bool class_indices) {
  std::vector<Value> values;
  switch (spec.kind) {
    case ParameterKind::kNumber:
      return Numbers(spec);
    case ParameterKind::kInteger:
      values = {Value()};
      // A class, the background, and a number that no row has.
      for (const int64_t i : {1, -1, -100}) {
        if (class_indices) values.push_back(IntegerOf(i));
      }
      return values;
    case ParameterKind::kNumbers:
      values = {Value(), ListOf({0.5, 2, 0, 1.25, 3})};
      if (spec.broadcasts) values.push_back(ListOf({2.5}));
      return values;
    case ParameterKind::kChoice:
      for (size_t i = 0; i < spec.choices.size(); ++i) {
        values.push_back(NumberOf(static_cast<double>(i)));
      }
      return values;
  }
  return values;
}

std::string Describe(const LossInfo& loss, const ParameterValues& values) {
  std::string text(loss.name);
  for (size_t i = 0; i < values.size(); ++i) {
    absl::StrAppend(&text, " ", loss.parameters[i].name, "=", values[i].number, "/",
                    values[i].integer, "/", values[i].numbers.size());
  }
  return text;
}

void ExpectMatchesOnEveryTarget(const Problem& problem) {
  SCOPED_TRACE(Describe(*problem.loss, problem.parameters));
  const reference::Expected expected = reference::Compute(problem);
  for (const int64_t target : RunnableTargets()) {
    const ScopedTarget scoped(target);
    SCOPED_TRACE(std::string(SimdTarget()));
    ExpectMatches(problem, expected);
  }
}

// Every combination of the parameters from `first` on.
void ForEveryCombination(Problem& problem, size_t first, bool class_indices) {
  if (first == problem.parameters.size()) return ExpectMatchesOnEveryTarget(problem);
  for (const Value& value : Candidates(problem.loss->parameters[first], class_indices)) {
    problem.parameters[first] = value;
    ForEveryCombination(problem, first + 1, class_indices);
  }
}

class ParametersTest : public testing::TestWithParam<size_t> {};

TEST_P(ParametersTest, EveryCombinationMatches) {
  const LossInfo& loss = AllLosses()[GetParam()];
  for (const DataType type : {DataType::kFloat32, DataType::kFloat64}) {
    for (const TargetKind kind : TargetKinds(loss)) {
      if (kind != TargetKind::kDense && kind != TargetKind::kInt64Index) continue;
      SCOPED_TRACE(absl::StrCat(Name(type), ", target kind ", static_cast<int>(kind)));
      const int64_t width = loss.family == Family::kBox ? 4 : kClasses;
      ProblemData data(
          loss, {.shape = {kRows, width}, .type = type, .target = kind, .target_type = type});
      ForEveryCombination(data.problem, 0, kind != TargetKind::kDense);
    }
  }
}

std::string NameOf(const testing::TestParamInfo<size_t>& info) {
  return std::string(AllLosses()[info.param].name);
}

INSTANTIATE_TEST_SUITE_P(AllLosses, ParametersTest, testing::Range(size_t{0}, AllLosses().size()),
                         NameOf);

}  // namespace
}  // namespace detloss
