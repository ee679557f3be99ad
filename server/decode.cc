// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/decode.h"

#include <google/protobuf/descriptor.h>

#include "absl/strings/str_cat.h"
#include "server/decode_tensor.h"
#include "server/parameters.h"

namespace detloss {
namespace {

using google::protobuf::FieldDescriptor;

// The field of LossTerm.loss that is set, or null.
const FieldDescriptor* LossField(const v1::LossTerm& term) {
  static const auto* const oneof = v1::LossTerm::descriptor()->FindOneofByName("loss");
  return term.GetReflection()->GetOneofFieldDescriptor(term, oneof);
}

// Decodes one term into one problem.
class TermDecoder {
 public:
  TermDecoder(const v1::LossTerm& term, std::string path, DecodedRequest& decoded,
              std::vector<Violation>& violations)
      : term_(term), path_(std::move(path)), decoded_(decoded), violations_(violations) {}

  void Decode() {
    Problem& problem = decoded_.problems.emplace_back();
    DecodeLoss(problem);
    problem.prediction = Required("prediction", term_.has_prediction(), term_.prediction());
    problem.target = Required("target", term_.has_target(), term_.target());
    if (term_.has_weight()) problem.weight = Tensor("weight", term_.weight());
    problem.reduction = Choice("reduction", term_.reduction(), Reduction::kMean, Reduction::kSum);
    problem.non_finite = Choice("non_finite", term_.non_finite(), NonFinitePolicy::kPropagate,
                                NonFinitePolicy::kReject);
    if (term_.has_normalizer()) problem.normalizer = term_.normalizer();
    if (term_.has_scale()) problem.scale = term_.scale();
    if (term_.has_gradient()) problem.gradient = term_.gradient();
    problem.segment_offsets.assign(term_.segment_offsets().begin(), term_.segment_offsets().end());
    DecodeStatistics(problem);
  }

 private:
  void Add(absl::string_view field, Reason reason, std::string description) {
    violations_.push_back({absl::StrCat(path_, ".", field), reason, std::move(description)});
  }

  void DecodeLoss(Problem& problem) {
    const FieldDescriptor* field = LossField(term_);
    if (field == nullptr) {
      Add("loss", Reason::kRequired, "one loss is required, got none");
      decoded_.names.push_back(term_.name());
      return;
    }
    problem.loss = FindLoss(field->name());
    problem.parameters =
        DecodeParameters(*problem.loss, term_.GetReflection()->GetMessage(term_, field),
                         absl::StrCat(path_, ".", field->name()), violations_);
    decoded_.names.push_back(term_.name().empty() ? field->name() : term_.name());
  }

  TensorView Tensor(absl::string_view field, const v1::Tensor& tensor) {
    return DecodeTensor(tensor, absl::StrCat(path_, ".", field), decoded_.converted, violations_);
  }

  TensorView Required(absl::string_view field, bool present, const v1::Tensor& tensor) {
    if (present) return Tensor(field, tensor);
    Add(field, Reason::kRequired, "a tensor is required, got none");
    return {};
  }

  // An enum whose values are numbered alike here and on the wire; 0 is the default.
  template <class Enum>
  Enum Choice(absl::string_view field, int number, Enum default_value, Enum last) {
    if (number == 0) return default_value;
    if (number > 0 && number <= static_cast<int>(last)) return static_cast<Enum>(number);
    Add(field, Reason::kUnknownValue,
        absl::StrCat("must be a known value, got the number ", number));
    return default_value;
  }

  void DecodeStatistics(Problem& problem) {
    problem.statistics = term_.statistics();
    if (!term_.has_easy_threshold()) return;
    problem.easy_threshold = term_.easy_threshold();
    if (!problem.statistics) Add("easy_threshold", Reason::kNotApplicable, "needs statistics");
  }

  const v1::LossTerm& term_;
  const std::string path_;
  DecodedRequest& decoded_;
  std::vector<Violation>& violations_;
};

}  // namespace

std::string TermPath(size_t index) { return absl::StrCat("terms[", index, "]"); }

DecodedRequest Decode(const v1::ComputeLossRequest& request, int64_t terms_max,
                      std::vector<Violation>& violations) {
  DecodedRequest decoded;
  if (request.terms().empty()) {
    violations.push_back({"terms", Reason::kRequired, "at least one term is required, got none"});
  }
  if (request.terms_size() > terms_max) {
    violations.push_back(
        {"terms", Reason::kLimitExceeded,
         absl::StrCat("must be at most ", terms_max, ", got ", request.terms_size())});
    return decoded;
  }
  if (!v1::TensorEncoding_IsValid(request.response_encoding())) {
    violations.push_back({"response_encoding", Reason::kUnknownValue,
                          absl::StrCat("must be a known value, got the number ",
                                       static_cast<int>(request.response_encoding()))});
  }
  for (int i = 0; i < request.terms_size(); ++i) {
    TermDecoder(request.terms(i), TermPath(static_cast<size_t>(i)), decoded, violations).Decode();
  }
  return decoded;
}

}  // namespace detloss
