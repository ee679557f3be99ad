// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include <cmath>
#include <limits>

#include "tests/reference/reference.h"

namespace detloss::reference {
namespace {

// Parameters beyond the range of the type of computation count as its ends.
double InRangeOfFloat(double x) {
  constexpr auto kMin = static_cast<double>(std::numeric_limits<float>::min());
  constexpr auto kMax = static_cast<double>(std::numeric_limits<float>::max());
  if (x == 0) return 0;
  const double magnitude = std::fabs(x) < kMin ? kMin : std::fabs(x) > kMax ? kMax : std::fabs(x);
  return x < 0 ? -magnitude : magnitude;
}

}  // namespace

Parameters::Parameters(const Problem& problem)
    : loss_(*problem.loss),
      values_(problem.parameters.size() == 0 ? ParameterValues(problem.loss->parameters)
                                             : problem.parameters),
      least_normal_(problem.prediction.data_type == DataType::kFloat64
                        ? static_cast<Real>(std::numeric_limits<double>::min())
                        : static_cast<Real>(std::numeric_limits<float>::min())) {
  if (problem.prediction.data_type == DataType::kFloat64) return;
  for (size_t i = 0; i < values_.size(); ++i) {
    values_[i].number = InRangeOfFloat(values_[i].number);
    for (double& number : values_[i].numbers) number = InRangeOfFloat(number);
  }
}

size_t Parameters::Index(absl::string_view name) const {
  size_t i = 0;
  while (i < loss_.parameters.size() && loss_.parameters[i].name != name) ++i;
  return i;
}

bool Parameters::Has(absl::string_view name) const { return Index(name) < loss_.parameters.size(); }

Real Parameters::Number(absl::string_view name) const { return values_[Index(name)].number; }

absl::string_view Parameters::Choice(absl::string_view name) const {
  const size_t i = Index(name);
  return loss_.parameters[i].choices[static_cast<size_t>(values_[i].number)];
}

const std::vector<double>& Parameters::Numbers(absl::string_view name) const {
  return values_[Index(name)].numbers;
}

std::optional<int64_t> Parameters::Integer(absl::string_view name) const {
  if (!Has(name) || !values_[Index(name)].present) return std::nullopt;
  return values_[Index(name)].integer;
}

LossFunction FindReference(absl::string_view name) {
  for (const auto family :
       {RegressionReferences(), SigmoidReferences(), SoftmaxReferences(), BoxReferences()}) {
    for (const Reference& row : family) {
      if (row.name == name) return row.function;
    }
  }
  return nullptr;
}

}  // namespace detloss::reference
