// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The losses and their parameters. A loss's row is all that the rest of the system knows of it:
// decoding, validation, documentation, command line, tests and benchmarks read it here.

#ifndef DETLOSS_REGISTRY_H_
#define DETLOSS_REGISTRY_H_

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace detloss {

// What prediction and target of a loss hold. The numbers are those of the wire.
enum class Family : uint8_t {
  kRegression = 1,  // values [..], targets of the same shape
  kSigmoid = 2,     // logits [..], targets of the same shape; or [.., C] and class indices [..]
  kSoftmax = 3,     // logits [.., C], class indices [..] or distributions [.., C]
  kBox = 4,         // boxes [.., 4]
};

// Whether predictions are logits of classes.
constexpr bool IsClassification(Family family) {
  return family == Family::kSigmoid || family == Family::kSoftmax;
}

// What a parameter holds. The numbers are those of the wire.
enum class ParameterKind : uint8_t {
  kNumber = 1,   // double
  kInteger = 2,  // int64_t, absent by default
  kNumbers = 3,  // list of double, absent by default
  kChoice = 4,   // one of `choices`
};

// A row of a loss's parameter table.
struct ParameterSpec {
  absl::string_view name;  // of the field in the loss's message
  ParameterKind kind;
  absl::string_view description;
  // kNumber: the default. kChoice: the index of the default.
  double default_value = 0;
  // kNumber, kNumbers: the closed interval of allowed values, always finite.
  double min = std::numeric_limits<double>::lowest();
  double max = std::numeric_limits<double>::max();
  // kNumber: one more allowed value, below `min`, that switches something off; NaN if there is
  // none.
  double off_value = std::numeric_limits<double>::quiet_NaN();
  // kChoice: the names in upper case; on the wire they are numbered from 1.
  absl::Span<const absl::string_view> choices = {};
  // kNumbers: whether a list of one stands for all classes.
  bool broadcasts = false;
};

// The allowed values as text: "[0, 16]", "[0, 1] or -1", "XYXY, XYWH, CXCYWH".
std::string RangeText(const ParameterSpec& spec);

// What one value must be, as the rest of a sentence: "in [0, 16]", "finite and greater than 0",
// "one of XYXY, XYWH, CXCYWH".
std::string RequirementText(const ParameterSpec& spec);

// The default as text; empty when absent by default.
std::string DefaultText(const ParameterSpec& spec);

// The values of a loss's parameters, in the order of its table. Starts with the defaults.
class ParameterValues {
 public:
  ParameterValues() = default;
  explicit ParameterValues(absl::Span<const ParameterSpec> specs);

  struct Value {
    double number = 0;            // kNumber; kChoice: index into `choices`
    int64_t integer = 0;          // kInteger
    std::vector<double> numbers;  // kNumbers
    bool present = false;         // whether the caller set it
  };

  Value& operator[](size_t i) { return values_[i]; }
  const Value& operator[](size_t i) const { return values_[i]; }
  size_t size() const { return values_.size(); }

 private:
  absl::InlinedVector<Value, 4> values_;
};

struct LossKernels;  // core/kernels/kernels.h

// A row of the registry.
struct LossInfo {
  absl::string_view name;  // of the field in LossTerm.loss
  Family family;
  absl::string_view summary;
  absl::string_view formula;
  absl::string_view paper;  // empty for textbook losses
  absl::Span<const ParameterSpec> parameters;
  // Whether the target must be class indices (kSoftmax only).
  bool needs_class_indices = false;
  // The kernels of the current SIMD target. Called once per plan and never cached beyond it: tests
  // switch targets.
  const LossKernels& (*kernels)();
};

// Every loss, in the order of the documentation.
absl::Span<const LossInfo> AllLosses();

// The place of a loss among them. REQUIRES: it is one of AllLosses(), not a copy.
size_t IndexOf(const LossInfo& loss);

// The loss of that name, or null.
const LossInfo* FindLoss(absl::string_view name);

}  // namespace detloss

#endif  // DETLOSS_REGISTRY_H_
