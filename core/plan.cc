// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "core/plan.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "core/kernels/kernels.h"
#include "core/losses/parameters.h"

namespace detloss {
namespace {

// Collects the violations of one problem while it fills in the plan.
class Planner {
 public:
  Planner(const Problem& problem, const Limits& limits, std::vector<Violation>& violations)
      : problem_(problem), limits_(limits), violations_(violations) {}

  // Everything but the tensors.
  void CheckNumbers() {
    plan_.loss = problem_.loss;
    if (plan_.loss != nullptr) TakeParameters();
    CheckScalars();
  }

  std::optional<Plan> Make() {
    const size_t before = violations_.size();
    if (problem_.loss == nullptr) {
      Add("loss", Reason::kRequired, "one loss is required, got none");
      return std::nullopt;
    }
    CheckNumbers();
    if (CheckTensors()) {
      DecideItems();
      CheckTarget();
      CheckClassParameter();
      CheckWeight();
      CheckSegments();
    }
    if (violations_.size() != before) return std::nullopt;
    DecideOutputs();
    return Plan(std::make_shared<const PlanDetails>(std::move(plan_)));
  }

 private:
  void Add(absl::string_view field, Reason reason, std::string description) {
    violations_.push_back({std::string(field), reason, std::move(description)});
  }
  void AddParameter(const ParameterSpec& spec, Reason reason, std::string description) {
    Add(absl::StrCat(plan_.loss->name, ".", spec.name), reason, std::move(description));
  }

  void TakeParameters() {
    const auto specs = plan_.loss->parameters;
    plan_.parameters =
        problem_.parameters.size() == 0 ? ParameterValues(specs) : problem_.parameters;
    for (size_t i = 0; i < specs.size(); ++i) TakeParameter(specs[i], plan_.parameters[i]);
  }

  void TakeParameter(const ParameterSpec& spec, const ParameterValues::Value& value) {
    if (spec.kind == ParameterKind::kNumber) CheckNumber(spec, value.number, "");
    for (size_t i = 0; i < value.numbers.size(); ++i) {
      CheckNumber(spec, value.numbers[i], absl::StrCat("[", i, "]"));
    }
    if (spec.kind == ParameterKind::kInteger && value.present && spec.name == kIgnoreIndexName) {
      plan_.ignore_index = value.integer;
    }
  }

  void CheckNumber(const ParameterSpec& spec, double number, const std::string& index) {
    const bool inside = number >= spec.min && number <= spec.max;
    if (inside || number == spec.off_value) return;
    Add(absl::StrCat(plan_.loss->name, ".", spec.name, index), Reason::kParameterOutOfRange,
        absl::StrCat("must be in ", RangeText(spec), ", got ", number));
  }

  void CheckScalars() {
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
      Add("normalizer", Reason::kNotApplicable, "needs reduction MEAN");
    }
  }

  // Whether shape, size and limits of a tensor are right.
  bool CheckTensor(absl::string_view field, const TensorView& tensor) {
    const size_t before = violations_.size();
    const std::string shape_field = absl::StrCat(field, ".shape");
    const auto rank = static_cast<int64_t>(tensor.shape.size());
    if (rank > limits_.rank_max) {
      Add(shape_field, Reason::kLimitExceeded,
          absl::StrCat("must have at most ", limits_.rank_max, " axes, got ", rank));
      return false;
    }
    const std::optional<int64_t> count = ElementCount(tensor.shape);
    if (!count) {
      Add(shape_field, Reason::kShapeMismatch,
          absl::StrCat("must hold lengths of at least 0 with a product below 2^63, got ",
                       ToString(tensor.shape)));
    } else if (*count > limits_.elements_max) {
      Add(shape_field, Reason::kLimitExceeded,
          absl::StrCat("must have at most ", limits_.elements_max, " elements, got ", *count));
    } else if (const size_t bytes = static_cast<size_t>(*count) * SizeOf(tensor.data_type);
               bytes != tensor.bytes.size()) {
      Add(absl::StrCat(field, ".data"), Reason::kSizeMismatch,
          absl::StrCat("must have ", bytes, " bytes for shape ", ToString(tensor.shape), " of ",
                       Name(tensor.data_type), ", got ", tensor.bytes.size()));
    }
    return violations_.size() == before;
  }

  bool CheckTensors() {
    bool right = CheckTensor("prediction", problem_.prediction);
    right &= CheckTensor("target", problem_.target);
    if (problem_.weight) right &= CheckTensor("weight", *problem_.weight);
    if (!IsFloatingPoint(problem_.prediction.data_type)) {
      Add("prediction.data_type", Reason::kDataTypeUnsupported,
          absl::StrCat("must be FLOAT32, FLOAT64, FLOAT16 or BFLOAT16, got ",
                       Name(problem_.prediction.data_type)));
      right = false;
    }
    plan_.prediction = problem_.prediction;
    plan_.target = problem_.target;
    plan_.weight = problem_.weight;
    return right && CheckPredictionShape();
  }

  bool CheckPredictionShape() {
    const Shape& shape = plan_.prediction.shape;
    const Family family = plan_.loss->family;
    if (family == Family::kBox && (shape.empty() || shape.back() != 4)) {
      Add("prediction.shape", Reason::kShapeMismatch,
          absl::StrCat("must be [.., 4] for boxes, got ", ToString(shape)));
      return false;
    }
    if (family == Family::kSoftmax && (shape.empty() || shape.back() == 0)) {
      Add("prediction.shape", Reason::kShapeMismatch,
          absl::StrCat("must be [.., classes] with at least 1 class, got ", ToString(shape)));
      return false;
    }
    const bool classification = family == Family::kSoftmax || family == Family::kSigmoid;
    if (classification && HasRowAxis() && shape.back() > limits_.classes_max) {
      Add("prediction.shape", Reason::kLimitExceeded,
          absl::StrCat("must have at most ", limits_.classes_max, " classes, got ", shape.back()));
      return false;
    }
    return true;
  }

  bool ItemsAreRows() const {
    return plan_.loss->family == Family::kBox || plan_.loss->family == Family::kSoftmax;
  }

  // Whether the last axis is the inside of a row, not the rows themselves.
  bool HasRowAxis() const {
    const size_t rank = plan_.prediction.shape.size();
    return rank >= 2 || (rank == 1 && (ItemsAreRows() || TargetIsIndex()));
  }

  void DecideItems() {
    const Shape& shape = plan_.prediction.shape;
    const int64_t elements = *ElementCount(shape);
    plan_.classes = shape.empty() ? 1 : shape.back();
    plan_.target_is_index = TargetIsIndex();
    const int64_t row_width = HasRowAxis() ? plan_.classes : 1;
    plan_.rows = row_width == 0 ? RowsOfNothing() : elements / row_width;
    plan_.item_width = ItemsAreRows() ? plan_.classes : 1;
    plan_.items = ItemsAreRows() ? plan_.rows : elements;
    plan_.items_per_row = ItemsAreRows() ? 1 : row_width;
    plan_.item_shape = shape;
    if (ItemsAreRows()) plan_.item_shape.pop_back();
    const auto block_elements = static_cast<int64_t>(kBlockElements);
    plan_.block_items = plan_.loss->family == Family::kBox
                            ? static_cast<int64_t>(kBlockBoxes)
                            : std::max<int64_t>(1, block_elements / plan_.item_width);
  }

  // Rows of a prediction whose last axis has length 0.
  int64_t RowsOfNothing() const {
    const Shape& shape = plan_.prediction.shape;
    return ElementCount(absl::MakeConstSpan(shape).first(shape.size() - 1)).value_or(0);
  }

  // Class indices have an integer type and the prediction's shape without its last axis.
  bool TargetIsIndex() const {
    const Family family = plan_.loss->family;
    if (family != Family::kSoftmax && family != Family::kSigmoid) return false;
    if (IsFloatingPoint(plan_.target.data_type)) return false;
    return plan_.target.shape != plan_.prediction.shape;
  }

  void CheckTarget() {
    const bool needs_index = plan_.loss->needs_class_indices;
    Shape wanted = plan_.prediction.shape;
    if (plan_.target_is_index && !wanted.empty()) wanted.pop_back();
    if (plan_.target.shape != wanted || (needs_index && !plan_.target_is_index)) {
      Add("target.shape", Reason::kShapeMismatch,
          absl::StrCat(WantedTarget(), ", got ", GotTarget()));
    } else if (!TargetTypeFits()) {
      Add("target.data_type", Reason::kDataTypeUnsupported,
          absl::StrCat("must be floating-point",
                       plan_.loss->family == Family::kSigmoid ? " or UINT8 of 0 and 1" : "",
                       ", got ", Name(plan_.target.data_type)));
    }
    if (plan_.ignore_index && !plan_.target_is_index) {
      Add(absl::StrCat(plan_.loss->name, ".", kIgnoreIndexName), Reason::kNotApplicable,
          "needs class indices as target");
    }
  }

  // Distributions and probabilities are no integers, but boxes and values may be.
  bool TargetTypeFits() const {
    if (plan_.target_is_index || IsFloatingPoint(plan_.target.data_type)) return true;
    if (plan_.loss->family == Family::kSigmoid) return plan_.target.data_type == DataType::kUint8;
    return plan_.loss->family != Family::kSoftmax;
  }

  bool TargetMayBeIndex() const {
    const Family family = plan_.loss->family;
    const bool classification = family == Family::kSoftmax || family == Family::kSigmoid;
    return classification && !plan_.prediction.shape.empty();
  }

  // Where both are possible, the type tells class indices from what has the prediction's shape.
  std::string GotTarget() const {
    const std::string shape = ToString(plan_.target.shape);
    return TargetMayBeIndex() ? absl::StrCat(Name(plan_.target.data_type), " ", shape) : shape;
  }

  std::string WantedTarget() const {
    const Shape& shape = plan_.prediction.shape;
    const std::string same = absl::StrCat("the shape of the prediction ", ToString(shape));
    if (!TargetMayBeIndex()) return absl::StrCat("must be ", same);
    const std::string index = absl::StrCat(
        "class indices ", ToString(absl::MakeConstSpan(shape).first(shape.size() - 1)));
    if (plan_.loss->needs_class_indices) return absl::StrCat("must be ", index);
    return absl::StrCat("must be ", index, " of an integer type or ", same);
  }

  void CheckClassParameter() {
    const auto specs = plan_.loss->parameters;
    for (size_t i = 0; i < specs.size(); ++i) {
      const std::vector<double>& numbers = plan_.parameters[i].numbers;
      if (specs[i].kind != ParameterKind::kNumbers || numbers.empty()) continue;
      const auto count = static_cast<int64_t>(numbers.size());
      if (specs[i].broadcasts && count == 1) continue;
      if (count != plan_.classes) {
        AddParameter(specs[i], Reason::kShapeMismatch,
                     absl::StrCat("must have ", specs[i].broadcasts ? "1 or " : "", plan_.classes,
                                  " numbers, got ", count));
      }
      plan_.class_parameter = numbers;
    }
  }

  void CheckWeight() {
    if (!plan_.weight) return;
    const Shape& from = plan_.weight->shape;
    const Shape& to = plan_.item_shape;
    plan_.weight_strides.assign(to.size(), 0);
    bool fits = from.size() <= to.size();
    int64_t stride = 1;
    for (size_t k = 1; fits && k <= from.size(); ++k) {
      const int64_t length = from[from.size() - k];
      if (length == 1) continue;
      fits = length == to[to.size() - k];
      plan_.weight_strides[to.size() - k] = stride;
      stride *= length;
    }
    if (!fits) {
      Add("weight.shape", Reason::kShapeMismatch,
          absl::StrCat("must be broadcastable to ", ToString(to), ", got ", ToString(from)));
    }
  }

  void CheckSegments() {
    const std::vector<int64_t>& offsets = problem_.segment_offsets;
    plan_.segmented = !offsets.empty();
    if (!plan_.segmented) {
      plan_.segment_items = {0, plan_.items};
      return;
    }
    if (problem_.reduction == Reduction::kNone) {
      Add("segment_offsets", Reason::kNotApplicable, "needs reduction MEAN or SUM");
    }
    const bool spans = offsets.size() >= 2 && offsets.front() == 0 && offsets.back() == plan_.rows;
    if (!spans || !std::is_sorted(offsets.begin(), offsets.end())) {
      Add("segment_offsets", Reason::kInvalidSegments,
          absl::StrCat("must have at least 2 numbers, never falling, from 0 to the number of rows ",
                       plan_.rows));
      return;
    }
    for (const int64_t row : offsets) plan_.segment_items.push_back(row * plan_.items_per_row);
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

void CheckNumbers(const Problem& problem, std::vector<Violation>& violations) {
  Planner(problem, Limits(), violations).CheckNumbers();
}

std::optional<Plan> MakePlan(const Problem& problem, const Limits& limits,
                             std::vector<Violation>& violations) {
  return Planner(problem, limits, violations).Make();
}

const Shape& Plan::loss_shape() const { return details_->loss_shape; }
DataType Plan::loss_data_type() const { return details_->loss_data_type; }
size_t Plan::loss_bytes() const {
  return static_cast<size_t>(*ElementCount(loss_shape())) * SizeOf(loss_data_type());
}
bool Plan::has_gradient() const { return details_->gradient; }
const Shape& Plan::gradient_shape() const { return details_->gradient_shape; }
DataType Plan::gradient_data_type() const { return details_->prediction.data_type; }
size_t Plan::gradient_bytes() const {
  if (!details_->gradient) return 0;
  return static_cast<size_t>(element_count()) * SizeOf(gradient_data_type());
}
int64_t Plan::row_count() const { return details_->rows; }
int64_t Plan::element_count() const { return *ElementCount(details_->prediction.shape); }

}  // namespace detloss
