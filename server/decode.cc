// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/decode.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/decode_tensor.h"
#include "server/enum_text.h"
#include "server/parameters.h"

namespace detloss {
namespace {

using google::protobuf::FieldDescriptor;

// The field of LossTerm.loss that is set, or null.
const FieldDescriptor* LossField(const v1::LossTerm& term) {
  static const auto* const oneof = v1::LossTerm::descriptor()->FindOneofByName("loss");
  return v1::LossTerm::GetReflection()->GetOneofFieldDescriptor(term, oneof);
}

// Decodes one term. Paths of violations begin at the term.
class TermDecoder {
 public:
  TermDecoder(const v1::LossTerm& term, const TermPayloads& payloads, const Limits& limits,
              const Cancellation& cancellation, DecodedRequest& decoded,
              std::vector<Violation>& violations)
      : term_(term),
        payloads_(payloads),
        limits_(limits),
        cancellation_(cancellation),
        decoded_(decoded),
        violations_(violations) {}

  void Decode() {
    DecodedTerm& decoded = decoded_.terms.emplace_back();
    Problem& problem = decoded.problem;
    decoded.name = term_.name();
    if (const FieldDescriptor* field = LossField(term_)) DecodeLoss(*field, decoded);
    DecodeTensors(problem);
    problem.reduction =
        Choice("reduction", *v1::Reduction_descriptor(), term_.reduction(), Reduction::kMean);
    problem.non_finite = Choice("non_finite", *v1::NonFinitePolicy_descriptor(), term_.non_finite(),
                                NonFinitePolicy::kPropagate);
    if (term_.has_normalizer()) problem.normalizer = term_.normalizer();
    if (term_.has_scale()) problem.scale = term_.scale();
    if (term_.has_gradient()) problem.gradient = term_.gradient();
    DecodeSegments(problem);
    DecodeStatistics(problem);
  }

 private:
  void Add(absl::string_view field, Reason reason, std::string description) {
    violations_.push_back({std::string(field), reason, std::move(description)});
  }

  void DecodeLoss(const FieldDescriptor& field, DecodedTerm& decoded) {
    decoded.problem.loss = FindLoss(field.name());
    decoded.problem.parameters =
        DecodeParameters(*decoded.problem.loss,
                         v1::LossTerm::GetReflection()->GetMessage(term_, &field), violations_);
    if (decoded.name.empty()) decoded.name = field.name();
  }

  void DecodeTensors(Problem& problem) {
    problem.wrong.prediction =
        !Required("prediction", term_.has_prediction(), term_.prediction(), payloads_.prediction,
                  payloads_.prediction_axes, problem.prediction);
    problem.wrong.target = !Required("target", term_.has_target(), term_.target(), payloads_.target,
                                     payloads_.target_axes, problem.target);
    if (!term_.has_weight()) return;
    problem.wrong.weight = !Tensor("weight", term_.weight(), payloads_.weight,
                                   payloads_.weight_axes, problem.weight.emplace());
  }

  // These return whether the tensor is right as far as decoding goes.

  bool Tensor(absl::string_view field, const v1::Tensor& tensor, const Payload& payload,
              int64_t axes, TensorView& view) {
    return DecodeTensor(tensor, payload, axes, field, limits_.rank_max, view, cancellation_,
                        decoded_.converted, violations_);
  }

  bool Required(absl::string_view field, bool present, const v1::Tensor& tensor,
                const Payload& payload, int64_t axes, TensorView& view) {
    if (present) return Tensor(field, tensor, payload, axes, view);
    Add(field, Reason::kRequired, "a tensor is required, got none");
    return false;
  }

  // An enum whose values are numbered alike here and on the wire; 0 is the default.
  template <class Enum>
  Enum Choice(absl::string_view field, const google::protobuf::EnumDescriptor& type, int number,
              Enum default_value) {
    if (number == 0) return default_value;
    if (type.FindValueByNumber(number) != nullptr) return static_cast<Enum>(number);
    Add(field, Reason::kUnknownValue, UnknownValueText(type, number));
    return default_value;
  }

  // More than the limit are not even copied.
  void DecodeSegments(Problem& problem) {
    const auto& offsets = term_.segment_offsets();
    const int64_t segments = std::max<int64_t>(payloads_.segment_offsets, offsets.size()) - 1;
    if (segments <= limits_.segments_max) {
      problem.segment_offsets.assign(offsets.begin(), offsets.end());
      return;
    }
    Add("segment_offsets", Reason::kLimitExceeded,
        absl::StrCat("must make at most ", limits_.segments_max, " segments, got ", segments));
  }

  void DecodeStatistics(Problem& problem) {
    problem.statistics = term_.statistics();
    if (!term_.has_easy_threshold()) return;
    problem.easy_threshold = term_.easy_threshold();
    if (!problem.statistics) {
      Add("easy_threshold", Reason::kNotApplicable, "needs statistics true, got false");
    }
  }

  const v1::LossTerm& term_;
  const TermPayloads& payloads_;
  const Limits& limits_;
  const Cancellation& cancellation_;
  DecodedRequest& decoded_;
  std::vector<Violation>& violations_;
};

}  // namespace

void AppendUnder(size_t term, std::vector<Violation> of_term, std::vector<Violation>& all) {
  for (Violation& violation : of_term) {
    violation.field = absl::StrCat("terms[", term, "].", violation.field);
    all.push_back(std::move(violation));
  }
}

DecodedRequest Decode(const v1::ComputeLossRequest& request,
                      absl::Span<const TermPayloads> payloads, const Limits& limits,
                      const Cancellation& cancellation, std::vector<Violation>& violations) {
  DecodedRequest decoded;
  if (request.terms().empty()) {
    violations.push_back({"terms", Reason::kRequired, "at least one term is required, got none"});
  }
  if (const int encoding = request.response_encoding(); !v1::TensorEncoding_IsValid(encoding)) {
    violations.push_back({"response_encoding", Reason::kUnknownValue,
                          UnknownValueText(*v1::TensorEncoding_descriptor(), encoding)});
  }
  for (int i = 0; i < request.terms_size(); ++i) {
    const auto index = static_cast<size_t>(i);
    std::vector<Violation> of_term;
    TermDecoder(request.terms(i), payloads[index], limits, cancellation, decoded, of_term).Decode();
    AppendUnder(index, std::move(of_term), violations);
  }
  return decoded;
}

}  // namespace detloss
