// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "detloss/plan.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/losses/parameters.h"
#include "core/plan_tensors.h"

namespace detloss {
namespace {

// A list of a million wrong numbers needs no million descriptions.
constexpr size_t kViolationsOfAField = 16;

absl::string_view NameOf(Reduction reduction) {
  constexpr absl::string_view kNames[] = {"NONE", "MEAN", "SUM"};
  return kNames[static_cast<size_t>(reduction) - 1];
}

// Collects the violations of one problem while it fills in the plan.
class Planner {
 public:
  Planner(const Problem& problem, const Limits& limits, std::vector<Violation>& violations)
      : problem_(problem), limits_(limits), violations_(violations) {}

  std::optional<Plan> Make() {
    const size_t before = violations_.size();
    plan_.loss = problem_.loss;
    if (plan_.loss == nullptr) {
      Add("loss", Reason::kRequired, "one loss is required, got none");
    } else {
      TakeParameters();
    }
    TakeScalars();
    const TensorFacts facts = PlanTensors(problem_, limits_, plan_, violations_);
    if (plan_.loss != nullptr) TakeLists(facts);
    TakeSegments(facts);
    if (violations_.size() != before || problem_.wrong.any()) return std::nullopt;
    DecideOutputs();
    return Plan(std::move(plan_));
  }

 private:
  void Add(absl::string_view field, Reason reason, std::string description) {
    violations_.push_back({std::string(field), reason, std::move(description)});
  }
  void AddParameter(const ParameterSpec& spec, Reason reason, std::string description,
                    absl::string_view index = "") {
    Add(absl::StrCat(plan_.loss->name, ".", spec.name, index), reason, std::move(description));
  }

  void TakeParameters() {
    const auto specs = plan_.loss->parameters;
    const size_t got = problem_.parameters.size();
    if (got != specs.size()) {
      plan_.parameters = ParameterValues(specs);
      if (got == 0) return;
      Add(plan_.loss->name, Reason::kSizeMismatch,
          absl::StrCat("must have ", specs.size(), " parameters, got ", got));
      return;
    }
    plan_.parameters = problem_.parameters;
    for (size_t i = 0; i < specs.size(); ++i) TakeParameter(specs[i], plan_.parameters[i]);
  }

  void TakeParameter(const ParameterSpec& spec, const ParameterValues::Value& value) {
    if (spec.kind == ParameterKind::kNumber && !IsRight(spec, value.number)) {
      AddNumber(spec, value.number);
    }
    if (spec.kind == ParameterKind::kChoice) CheckChoice(spec, value.number);
    if (spec.kind == ParameterKind::kInteger && value.present && spec.name == kIgnoreIndexName) {
      plan_.ignore_index = value.integer;
    }
  }

  static bool IsRight(const ParameterSpec& spec, double number) {
    return (number >= spec.min && number <= spec.max) || number == spec.off_value;
  }

  void AddNumber(const ParameterSpec& spec, double number, absl::string_view index = "") {
    AddParameter(spec, Reason::kParameterOutOfRange,
                 absl::StrCat("must be ", RequirementText(spec), ", got ", number), index);
  }

  void CheckChoice(const ParameterSpec& spec, double number) {
    const auto count = static_cast<double>(spec.choices.size());
    if (number >= 0 && number < count && number == std::trunc(number)) return;
    AddParameter(spec, Reason::kUnknownValue,
                 absl::StrCat("must be ", RequirementText(spec), ", got the index ", number));
  }

  void TakeScalars() {
    plan_.scale = problem_.scale;
    plan_.normalizer = problem_.normalizer;
    plan_.reduction = problem_.reduction;
    plan_.gradient = problem_.gradient;
    plan_.statistics = problem_.statistics;
    plan_.easy_threshold = problem_.easy_threshold;
    plan_.non_finite = problem_.non_finite;
    if (!std::isfinite(problem_.scale)) {
      Add("scale", Reason::kParameterOutOfRange,
          absl::StrCat("must be finite, got ", problem_.scale));
    }
    CheckNormalizer();
    if (!(problem_.easy_threshold > 0 && problem_.easy_threshold < 1)) {
      Add("easy_threshold", Reason::kParameterOutOfRange,
          absl::StrCat("must be in (0, 1), got ", problem_.easy_threshold));
    }
  }

  void CheckNormalizer() {
    if (!problem_.normalizer) return;
    if (!(*problem_.normalizer > 0) || !std::isfinite(*problem_.normalizer)) {
      Add("normalizer", Reason::kParameterOutOfRange,
          absl::StrCat("must be finite and greater than 0, got ", *problem_.normalizer));
    }
    if (problem_.reduction != Reduction::kMean) {
      Add("normalizer", Reason::kNotApplicable,
          absl::StrCat("needs reduction MEAN, got ", NameOf(problem_.reduction)));
    }
  }

  void TakeLists(TensorFacts facts) {
    const auto specs = plan_.loss->parameters;
    for (size_t i = 0; i < specs.size(); ++i) {
      const std::vector<double>& numbers = plan_.parameters[i].numbers;
      if (specs[i].kind != ParameterKind::kNumbers || numbers.empty()) continue;
      const auto count = static_cast<int64_t>(numbers.size());
      const bool broadcast = specs[i].broadcasts && count == 1;
      if (facts.items && !broadcast && count != plan_.classes) {
        AddParameter(specs[i], Reason::kShapeMismatch,
                     absl::StrCat("must have ", specs[i].broadcasts ? "1 or " : "", plan_.classes,
                                  " numbers, got ", count));
        continue;
      }
      CheckNumbers(specs[i], numbers);
      if (!broadcast) plan_.class_parameter = numbers;
    }
  }

  void CheckNumbers(const ParameterSpec& spec, const std::vector<double>& numbers) {
    size_t wrong = 0;
    for (size_t i = 0; i < numbers.size() && wrong < kViolationsOfAField; ++i) {
      if (IsRight(spec, numbers[i])) continue;
      AddNumber(spec, numbers[i], absl::StrCat("[", i, "]"));
      ++wrong;
    }
  }

  void TakeSegments(TensorFacts facts) {
    const std::vector<int64_t>& offsets = problem_.segment_offsets;
    plan_.segmented = !offsets.empty();
    if (!plan_.segmented) {
      plan_.segment_items = {0, plan_.items};
      return;
    }
    if (problem_.reduction == Reduction::kNone) {
      Add("segment_offsets", Reason::kNotApplicable, "needs reduction MEAN or SUM, got NONE");
    }
    const int64_t count = static_cast<int64_t>(offsets.size()) - 1;
    if (count > limits_.segments_max) {
      Add("segment_offsets", Reason::kLimitExceeded,
          absl::StrCat("must make at most ", limits_.segments_max, " segments, got ", count));
    } else if (const std::string got = WrongOffset(facts); !got.empty()) {
      Add("segment_offsets", Reason::kInvalidSegments,
          absl::StrCat("must be at least 2 numbers, never falling, from 0 to the number of rows",
                       facts.rows ? absl::StrCat(" ", plan_.rows) : "", ", got ", got));
    } else if (facts.rows) {
      for (const int64_t row : offsets) plan_.segment_items.push_back(row * plan_.items_per_row);
    }
  }

  // What is wrong with the segments; empty if nothing is.
  std::string WrongOffset(TensorFacts facts) const {
    const std::vector<int64_t>& offsets = problem_.segment_offsets;
    if (offsets.size() < 2) return absl::StrCat(offsets.size());
    if (offsets.front() != 0) return absl::StrCat(offsets.front(), " at [0]");
    const auto fall = std::is_sorted_until(offsets.begin(), offsets.end());
    if (fall != offsets.end()) {
      return absl::StrCat(*fall, " after ", *(fall - 1), " at [", fall - offsets.begin(), "]");
    }
    if (!facts.rows || offsets.back() == plan_.rows) return "";
    return absl::StrCat(offsets.back(), " at the end");
  }

  void DecideOutputs() {
    plan_.loss_data_type =
        plan_.prediction.data_type == DataType::kFloat64 ? DataType::kFloat64 : DataType::kFloat32;
    if (plan_.reduction == Reduction::kNone) plan_.loss_shape = plan_.item_shape;
    if (plan_.segmented) {
      plan_.loss_shape = {static_cast<int64_t>(plan_.segment_items.size()) - 1};
    }
    plan_.gradient_shape = plan_.prediction.shape;
  }

  const Problem& problem_;
  const Limits& limits_;
  std::vector<Violation>& violations_;
  PlanDetails plan_ = {};
};

}  // namespace

std::optional<Plan> MakePlan(const Problem& problem, const Limits& limits,
                             std::vector<Violation>& violations) {
  return Planner(problem, limits, violations).Make();
}

const Shape& Plan::loss_shape() const { return details_.loss_shape; }
DataType Plan::loss_data_type() const { return details_.loss_data_type; }
size_t Plan::loss_bytes() const {
  return static_cast<size_t>(*ElementCount(loss_shape())) * SizeOf(loss_data_type());
}
bool Plan::has_gradient() const { return details_.gradient; }
const Shape& Plan::gradient_shape() const { return details_.gradient_shape; }
DataType Plan::gradient_data_type() const { return details_.prediction.data_type; }
size_t Plan::gradient_bytes() const {
  if (!details_.gradient) return 0;
  return static_cast<size_t>(element_count()) * SizeOf(gradient_data_type());
}
int64_t Plan::row_count() const { return details_.rows; }
int64_t Plan::element_count() const { return *ElementCount(details_.prediction.shape); }

}  // namespace detloss
