// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "detloss/registry.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace detloss {

#define LOSS(Function) const LossInfo& Function();
#include "core/losses.inc"
#undef LOSS

namespace {

constexpr double kUnboundedMax = std::numeric_limits<double>::max();

std::string NumberRange(const ParameterSpec& spec) {
  std::string text;
  if (spec.max == kUnboundedMax) {
    const bool open = spec.min == std::numeric_limits<double>::min();
    text = open ? "finite and greater than 0" : absl::StrCat("finite and at least ", spec.min);
  } else {
    text = absl::StrCat("[", spec.min, ", ", spec.max, "]");
  }
  if (!std::isnan(spec.off_value)) absl::StrAppend(&text, " or ", spec.off_value);
  return text;
}

}  // namespace

std::string RangeText(const ParameterSpec& spec) {
  switch (spec.kind) {
    case ParameterKind::kNumber:
      return NumberRange(spec);
    case ParameterKind::kInteger:
      return "any integer";
    case ParameterKind::kNumbers:
      return absl::StrCat(NumberRange(spec),
                          spec.broadcasts ? "; one, or one per class" : "; one per class");
    case ParameterKind::kChoice:
      return absl::StrJoin(spec.choices, ", ");
  }
  return "";
}

std::string RequirementText(const ParameterSpec& spec) {
  if (spec.kind == ParameterKind::kChoice) return absl::StrCat("one of ", RangeText(spec));
  if (spec.kind == ParameterKind::kInteger) return RangeText(spec);
  const std::string range = NumberRange(spec);
  return range[0] == '[' ? absl::StrCat("in ", range) : range;
}

std::string DefaultText(const ParameterSpec& spec) {
  if (spec.kind == ParameterKind::kNumber) return absl::StrCat(spec.default_value);
  if (spec.kind != ParameterKind::kChoice) return "";
  return std::string(spec.choices[static_cast<size_t>(spec.default_value)]);
}

ParameterValues::ParameterValues(absl::Span<const ParameterSpec> specs) : values_(specs.size()) {
  for (size_t i = 0; i < specs.size(); ++i) values_[i].number = specs[i].default_value;
}

absl::Span<const LossInfo> AllLosses() {
  static const auto* const losses = new std::vector<LossInfo>{
#define LOSS(Function) Function(),
#include "core/losses.inc"
#undef LOSS
  };
  return *losses;
}

size_t IndexOf(const LossInfo& loss) { return static_cast<size_t>(&loss - AllLosses().data()); }

const LossInfo* FindLoss(absl::string_view name) {
  for (const LossInfo& loss : AllLosses()) {
    if (loss.name == name) return &loss;
  }
  return nullptr;
}

}  // namespace detloss
