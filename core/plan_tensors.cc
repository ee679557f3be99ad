// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The tensors of a problem: what each must be by itself, and how they must fit together.

#include "core/plan_tensors.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/kernels/kernels.h"
#include "core/losses/parameters.h"

namespace detloss {
namespace {

// The number of elements if lengths of 0 were 1: bounds rows and strides of empty tensors too.
std::optional<int64_t> Extent(Shape shape) {
  for (int64_t& length : shape) {
    if (length == 0) length = 1;
  }
  return ElementCount(shape);
}

class TensorPlanner {
 public:
  TensorPlanner(const Problem& problem, const Limits& limits, PlanDetails& plan,
                std::vector<Violation>& violations)
      : problem_(problem), limits_(limits), plan_(plan), violations_(violations) {}

  TensorFacts Make() {
    const bool prediction = !problem_.wrong.prediction && CheckPrediction();
    const bool target = !problem_.wrong.target && CheckTensor("target", problem_.target);
    const bool weight = !problem_.wrong.weight && problem_.weight.has_value() &&
                        CheckTensor("weight", *problem_.weight);
    plan_.prediction = problem_.prediction;
    plan_.target = problem_.target;
    plan_.weight = problem_.weight;
    if (plan_.loss == nullptr || !prediction || !CheckPredictionShape()) return {};
    DecideItems();
    if (target) CheckTarget();
    if (weight) CheckWeight();
    return {.items = true, .rows = target || !RowsDependOnTarget()};
  }

 private:
  void Add(absl::string_view field, Reason reason, std::string description) {
    violations_.push_back({std::string(field), reason, std::move(description)});
  }

  // Whether shape, size and limits of a tensor are right.
  bool CheckTensor(absl::string_view field, const TensorView& tensor) {
    const auto rank = static_cast<int64_t>(tensor.shape.size());
    if (rank > limits_.rank_max) {
      Add(absl::StrCat(field, ".shape"), Reason::kLimitExceeded,
          absl::StrCat("must have at most ", limits_.rank_max, " axes, got ", rank));
      return false;
    }
    const std::optional<int64_t> count = ElementCount(tensor.shape);
    const std::optional<int64_t> extent = Extent(tensor.shape);
    if (!count || !extent) {
      Add(absl::StrCat(field, ".shape"), Reason::kShapeMismatch,
          absl::StrCat("must hold lengths of at least 0 with a product below 2^63, got ",
                       ToString(tensor.shape)));
      return false;
    }
    if (*extent > limits_.elements_max) {
      Add(absl::StrCat(field, ".shape"), Reason::kLimitExceeded,
          absl::StrCat("must have at most ", limits_.elements_max, " elements",
                       *count == 0 ? ", a length of 0 counted as 1" : "", ", got ", *extent));
      return false;
    }
    return CheckSize(field, tensor, static_cast<size_t>(*count));
  }

  bool CheckSize(absl::string_view field, const TensorView& tensor, size_t count) {
    size_t bytes = 0;
    // No limit need keep them below what can be counted.
    const bool overflow = __builtin_mul_overflow(count, SizeOf(tensor.data_type), &bytes);
    if (!overflow && bytes == tensor.bytes.size()) return true;
    const std::string wanted = overflow ? "2^64 or more" : absl::StrCat(bytes);
    Add(absl::StrCat(field, ".data"), Reason::kSizeMismatch,
        absl::StrCat("must have ", wanted, " bytes for shape ", ToString(tensor.shape), " of ",
                     Name(tensor.data_type), ", got ", tensor.bytes.size()));
    return false;
  }

  // A wrong type says nothing against the shape.
  bool CheckPrediction() {
    const TensorView& prediction = problem_.prediction;
    const bool right = CheckTensor("prediction", prediction);
    if (!IsFloatingPoint(prediction.data_type)) {
      Add("prediction.data_type", Reason::kDataTypeUnsupported,
          absl::StrCat("must be FLOAT32, FLOAT64, FLOAT16 or BFLOAT16, got ",
                       Name(prediction.data_type)));
    }
    return right;
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
    if (IsClassification(family) && HasRowAxis() && shape.back() > limits_.classes_max) {
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

  // Class indices tell logits of one row from logits of as many.
  bool RowsDependOnTarget() const {
    return plan_.loss->family == Family::kSigmoid && plan_.prediction.shape.size() == 1;
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
    if (!IsClassification(plan_.loss->family)) return false;
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
          absl::StrCat("needs class indices as target, got ", GotTarget()));
    }
  }

  // Distributions and probabilities are no integers, but boxes and values may be.
  bool TargetTypeFits() const {
    if (plan_.target_is_index || IsFloatingPoint(plan_.target.data_type)) return true;
    if (plan_.loss->family == Family::kSigmoid) return plan_.target.data_type == DataType::kUint8;
    return plan_.loss->family != Family::kSoftmax;
  }

  bool TargetMayBeIndex() const {
    return IsClassification(plan_.loss->family) && !plan_.prediction.shape.empty();
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

  void CheckWeight() {
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

  const Problem& problem_;
  const Limits& limits_;
  PlanDetails& plan_;
  std::vector<Violation>& violations_;
};

}  // namespace

TensorFacts PlanTensors(const Problem& problem, const Limits& limits, PlanDetails& plan,
                        std::vector<Violation>& violations) {
  return TensorPlanner(problem, limits, plan, violations).Make();
}

}  // namespace detloss
