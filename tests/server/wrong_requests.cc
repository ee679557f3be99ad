// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/server/wrong_requests.h"

#include <cmath>

#include "tests/server/requests.h"

namespace detloss {
namespace {

using Code = absl::StatusCode;

void MakeClassification(v1::LossTerm& term, v1::DataType type, std::vector<int64_t> shape,
                        std::vector<double> target) {
  *term.mutable_prediction() = Values(v1::DATA_TYPE_FLOAT32, {2, 3}, {1, 2, 3, 4, 5, 6});
  *term.mutable_target() = Values(type, shape, target);
  term.mutable_cross_entropy();
}

const WrongRequest kWrongRequests[] = {
    {"NoTerms", [](auto& request, auto&) { request.clear_terms(); }, Code::kInvalidArgument,
     "REQUIRED", "terms", "at least one"},
    {"NoLoss", [](auto&, auto& term) { term.clear_loss(); }, Code::kInvalidArgument, "REQUIRED",
     "terms[0].loss", "required"},
    {"NoPrediction", [](auto&, auto& term) { term.clear_prediction(); }, Code::kInvalidArgument,
     "REQUIRED", "terms[0].prediction", "required"},
    {"NoTarget", [](auto&, auto& term) { term.clear_target(); }, Code::kInvalidArgument, "REQUIRED",
     "terms[0].target", "required"},
    {"NoDataType", [](auto&, auto& term) { term.mutable_target()->clear_data_type(); },
     Code::kInvalidArgument, "REQUIRED", "terms[0].target.data_type", "required"},
    {"UnknownDataType",
     [](auto&, auto& term) { term.mutable_target()->set_data_type(static_cast<v1::DataType>(99)); },
     Code::kInvalidArgument, "UNKNOWN_VALUE", "terms[0].target.data_type",
     "must be one of FLOAT32, FLOAT64, FLOAT16, BFLOAT16, INT32, INT64, UINT8, got the number 99"},
    {"UnknownReduction",
     [](auto&, auto& term) { term.set_reduction(static_cast<v1::Reduction>(9)); },
     Code::kInvalidArgument, "UNKNOWN_VALUE", "terms[0].reduction",
     "must be one of NONE, MEAN, SUM, got the number 9"},
    {"NegativeReduction",
     [](auto&, auto& term) { term.set_reduction(static_cast<v1::Reduction>(-1)); },
     Code::kInvalidArgument, "UNKNOWN_VALUE", "terms[0].reduction", "-1"},
    {"UnknownPolicy",
     [](auto&, auto& term) { term.set_non_finite(static_cast<v1::NonFinitePolicy>(7)); },
     Code::kInvalidArgument, "UNKNOWN_VALUE", "terms[0].non_finite",
     "PROPAGATE, REJECT, got the number 7"},
    {"UnknownEncoding",
     [](auto& request, auto&) {
       request.set_response_encoding(static_cast<v1::TensorEncoding>(8));
     },
     Code::kInvalidArgument, "UNKNOWN_VALUE", "response_encoding", "VALUES, got the number 8"},
    {"UnknownChoice",
     [](auto&, auto& term) { term.mutable_giou()->set_format(static_cast<v1::BoxFormat>(12)); },
     Code::kInvalidArgument, "UNKNOWN_VALUE", "terms[0].giou.format", "XYXY"},
    {"ParameterOutOfRange",
     [](auto&, auto& term) {
       MakeClassification(term, v1::DATA_TYPE_FLOAT32, {2, 3}, {0, 0, 1, 0, 0, 1});
       term.mutable_sigmoid_focal()->set_gamma(-1);
     },
     Code::kInvalidArgument, "PARAMETER_OUT_OF_RANGE", "terms[0].sigmoid_focal.gamma",
     "[0, 16], got -1"},
    {"ParameterNaN", [](auto&, auto& term) { term.mutable_smooth_l1()->set_beta(std::nan("")); },
     Code::kInvalidArgument, "PARAMETER_OUT_OF_RANGE", "terms[0].smooth_l1.beta", "nan"},
    {"ScaleInfinite", [](auto&, auto& term) { term.set_scale(INFINITY); }, Code::kInvalidArgument,
     "PARAMETER_OUT_OF_RANGE", "terms[0].scale", "finite"},
    {"NormalizerZero", [](auto&, auto& term) { term.set_normalizer(0); }, Code::kInvalidArgument,
     "PARAMETER_OUT_OF_RANGE", "terms[0].normalizer", "greater than 0"},
    {"NormalizerOfSum",
     [](auto&, auto& term) {
       term.set_normalizer(2);
       term.set_reduction(v1::REDUCTION_SUM);
     },
     Code::kInvalidArgument, "NOT_APPLICABLE", "terms[0].normalizer",
     "needs reduction MEAN, got SUM"},
    {"ThresholdWithoutStatistics", [](auto&, auto& term) { term.set_easy_threshold(0.4); },
     Code::kInvalidArgument, "NOT_APPLICABLE", "terms[0].easy_threshold",
     "needs statistics true, got false"},
    {"NoBoxes",
     [](auto&, auto& term) {
       *term.mutable_prediction() = Values(v1::DATA_TYPE_FLOAT32, {1, 3}, {1, 2, 3});
     },
     Code::kInvalidArgument, "SHAPE_MISMATCH", "terms[0].prediction.shape", "[1, 3]"},
    {"TargetOfOtherShape",
     [](auto&, auto& term) {
       *term.mutable_target() = Values(v1::DATA_TYPE_FLOAT32, {4}, {1, 2, 3, 4});
     },
     Code::kInvalidArgument, "SHAPE_MISMATCH", "terms[0].target.shape", "[1, 4]"},
    {"WeightOfOtherShape",
     [](auto&, auto& term) {
       *term.mutable_weight() = Values(v1::DATA_TYPE_FLOAT32, {2}, {1, 2});
     },
     Code::kInvalidArgument, "SHAPE_MISMATCH", "terms[0].weight.shape", "broadcastable"},
    {"NegativeLength", [](auto&, auto& term) { term.mutable_prediction()->set_shape(0, -1); },
     Code::kInvalidArgument, "SHAPE_MISMATCH", "terms[0].prediction.shape", "[-1, 4]"},
    {"ShapeThatOverflows",
     [](auto&, auto& term) {
       term.mutable_prediction()->clear_values();
       term.mutable_prediction()->set_shape(0, int64_t{1} << 62);
     },
     Code::kInvalidArgument, "SHAPE_MISMATCH", "terms[0].prediction.shape", "below 2^63"},
    {"TooFewValues",
     [](auto&, auto& term) {
       term.mutable_prediction()->mutable_values()->mutable_values()->RemoveLast();
     },
     Code::kInvalidArgument, "SIZE_MISMATCH", "terms[0].prediction.values", "4 numbers"},
    {"TooFewBytes", [](auto&, auto& term) { term.mutable_prediction()->set_data("123"); },
     Code::kInvalidArgument, "SIZE_MISMATCH", "terms[0].prediction.data", "32 bytes"},
    {"FractionAsInteger",
     [](auto&, auto& term) {
       MakeClassification(term, v1::DATA_TYPE_INT64, {2}, {0, 1.5});
     },
     Code::kInvalidArgument, "PARAMETER_OUT_OF_RANGE", "terms[0].target.values.values[1]", "INT64"},
    {"IntegerLogits",
     [](auto&, auto& term) { term.mutable_prediction()->set_data_type(v1::DATA_TYPE_INT32); },
     Code::kInvalidArgument, "DATA_TYPE_UNSUPPORTED", "terms[0].prediction.data_type", "INT32"},
    {"SegmentsThatFall",
     [](auto&, auto& term) {
       for (const int64_t offset : {0, 1, 0, 1}) term.add_segment_offsets(offset);
     },
     Code::kInvalidArgument, "INVALID_SEGMENTS", "terms[0].segment_offsets",
     "never falling, from 0 to the number of rows 1, got 0 after 1 at [2]"},
    {"SegmentsThatEndEarly",
     [](auto&, auto& term) {
       for (const int64_t offset : {0, 0}) term.add_segment_offsets(offset);
     },
     Code::kInvalidArgument, "INVALID_SEGMENTS", "terms[0].segment_offsets", "got 0 at the end"},
    {"SegmentsOfNone",
     [](auto&, auto& term) {
       term.set_reduction(v1::REDUCTION_NONE);
       for (const int64_t offset : {0, 1}) term.add_segment_offsets(offset);
     },
     Code::kInvalidArgument, "NOT_APPLICABLE", "terms[0].segment_offsets", "got NONE"},
    {"TooManySegments",
     [](auto&, auto& term) {
       for (int i = 0; i < (1 << 16) + 1; ++i) term.add_segment_offsets(0);
       term.add_segment_offsets(1);
     },
     Code::kResourceExhausted, "LIMIT_EXCEEDED", "terms[0].segment_offsets",
     "at most 65536 segments, got 65537"},
    {"RowsOfNothing",
     [](auto&, auto& term) {
       for (v1::Tensor* tensor : {term.mutable_prediction(), term.mutable_target()}) {
         *tensor = Values(v1::DATA_TYPE_FLOAT32, {int64_t{1} << 62, 0}, {});
       }
       term.mutable_l1();
     },
     Code::kResourceExhausted, "LIMIT_EXCEEDED", "terms[0].prediction.shape",
     "got 4611686018427387904"},
    {"NegativeClassWeight",
     [](auto&, auto& term) {
       MakeClassification(term, v1::DATA_TYPE_INT64, {2}, {0, 1});
       for (const double weight : {1, -1, 1}) {
         term.mutable_cross_entropy()->add_class_weights(weight);
       }
     },
     Code::kInvalidArgument, "PARAMETER_OUT_OF_RANGE", "terms[0].cross_entropy.class_weights[1]",
     "must be finite and at least 0, got -1"},
    {"IgnoreIndexOfDistributions",
     [](auto&, auto& term) {
       MakeClassification(term, v1::DATA_TYPE_FLOAT32, {2, 3}, {0, 0, 1, 0, 0, 1});
       term.mutable_cross_entropy()->set_ignore_index(1);
     },
     Code::kInvalidArgument, "NOT_APPLICABLE", "terms[0].cross_entropy.ignore_index",
     "got FLOAT32 [2, 3]"},
    {"ClassIndexTooLarge",
     [](auto&, auto& term) {
       MakeClassification(term, v1::DATA_TYPE_INT64, {2}, {0, 3});
     },
     Code::kOutOfRange, "CLASS_INDEX_OUT_OF_RANGE", "terms[0].target", "[0, 3)"},
    {"ClassIndexNegative",
     [](auto&, auto& term) {
       MakeClassification(term, v1::DATA_TYPE_INT32, {2}, {-100, 0});
     },
     Code::kOutOfRange, "CLASS_INDEX_OUT_OF_RANGE", "terms[0].target", "[0]"},
    {"BinaryTargetOfTwo",
     [](auto&, auto& term) {
       MakeClassification(term, v1::DATA_TYPE_UINT8, {2, 3}, {0, 1, 0, 0, 2, 0});
       term.mutable_sigmoid_focal();
     },
     Code::kOutOfRange, "TARGET_OUT_OF_RANGE", "terms[0].target", "[1, 1]"},
    {"NaNRejected",
     [](auto&, auto& term) {
       term.mutable_prediction()->mutable_values()->set_values(2, std::nan(""));
       term.set_non_finite(v1::NON_FINITE_POLICY_REJECT);
     },
     Code::kInvalidArgument, "NON_FINITE", "terms[0].prediction", "[0, 2]"},
    {"TooManyAxes",
     [](auto&, auto& term) {
       for (int i = 0; i < 9; ++i) term.mutable_prediction()->add_shape(1);
     },
     Code::kResourceExhausted, "LIMIT_EXCEEDED", "terms[0].prediction.shape", "8 axes, got 11"},
    {"TooManyElements",
     [](auto&, auto& term) {
       term.mutable_prediction()->set_data("");
       term.mutable_prediction()->set_shape(0, int64_t{1} << 40);
     },
     Code::kResourceExhausted, "LIMIT_EXCEEDED", "terms[0].prediction.shape", "268435456"},
    {"TooManyTerms",
     [](auto& request, auto&) {
       for (int i = 0; i < 1024; ++i) request.add_terms();
     },
     Code::kResourceExhausted, "LIMIT_EXCEEDED", "terms", "1024, got 1025"},
};

}  // namespace

v1::ComputeLossRequest WrongRequest::Make() const {
  v1::ComputeLossRequest request = GiouRequest();
  spoil(request, *request.mutable_terms(0));
  return request;
}

absl::Span<const WrongRequest> WrongRequests() { return kWrongRequests; }

}  // namespace detloss
