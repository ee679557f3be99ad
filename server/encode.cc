// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/encode.h"

#include <algorithm>
#include <utility>

#include "detloss/convert.h"

namespace detloss {
namespace {

// Describes a tensor and takes a buffer for its elements. Returns where they are to be.
void* Prepare(const Shape& shape, DataType type, BufferPool::Buffer elements,
              OutgoingResponse& response, OutgoingTensor& tensor) {
  tensor.message = response.New<v1::Tensor>();
  tensor.message->set_data_type(static_cast<v1::DataType>(type));
  tensor.message->mutable_shape()->Assign(shape.begin(), shape.end());
  tensor.elements = std::move(elements);
  return tensor.elements.data();
}

void EncodeGroup(const SampleGroup& group, v1::SampleGroup& message) {
  message.set_count(group.count);
  message.set_loss_sum(group.loss_sum);
  message.set_gradient_abs_sum(group.gradient_abs_sum);
}

void EncodeStatistics(Family family, const Summary& summary, v1::TermStatistics& message) {
  const Statistics& statistics = summary.statistics;
  message.set_element_count(statistics.element_count);
  message.set_non_finite_count(summary.non_finite_count);
  message.set_gradient_norm(statistics.gradient_norm);
  message.set_gradient_abs_max(statistics.gradient_abs_max);
  if (family == Family::kSigmoid || family == Family::kSoftmax) {
    auto& groups = *message.mutable_classification();
    EncodeGroup(statistics.easy_positive, *groups.mutable_easy_positive());
    EncodeGroup(statistics.hard_positive, *groups.mutable_hard_positive());
    EncodeGroup(statistics.easy_negative, *groups.mutable_easy_negative());
    EncodeGroup(statistics.hard_negative, *groups.mutable_hard_negative());
  }
  if (family == Family::kBox) {
    auto& boxes = *message.mutable_boxes();
    boxes.set_degenerate_count(statistics.degenerate_count);
    boxes.set_inverted_count(statistics.inverted_count);
    boxes.set_non_overlapping_count(statistics.non_overlapping_count);
    boxes.set_mean_iou(statistics.mean_iou);
  }
}

// Elements that are converted before it is asked again whether the request is cancelled.
constexpr size_t kPart = 1 << 14;

void TensorAsValues(const Cancellation& cancellation, OutgoingTensor& tensor) {
  if (tensor.message == nullptr) return;
  const BufferPool::Buffer elements = std::move(tensor.elements);
  const auto type = static_cast<DataType>(tensor.message->data_type());
  auto& values = *tensor.message->mutable_values()->mutable_values();
  const size_t count = elements.size() / SizeOf(type);
  values.Reserve(static_cast<int>(count));
  for (size_t i = 0; i < count && !cancellation.Ask(); i += kPart) {
    const size_t length = std::min(kPart, count - i);
    ConvertTo(type, elements.data() + i * SizeOf(type), length,
              values.AddNAlreadyReserved(static_cast<int>(length)));
  }
}

}  // namespace

Outputs PrepareResult(const Plan& plan, const BufferPool& pool, OutgoingResponse& response,
                      OutgoingResult& result) {
  Outputs outputs;
  outputs.loss = Prepare(plan.loss_shape(), plan.loss_data_type(), pool.Take(plan.loss_bytes()),
                         response, result.loss);
  if (plan.has_gradient()) {
    outputs.gradient = Prepare(plan.gradient_shape(), plan.gradient_data_type(),
                               pool.Take(plan.gradient_bytes()), response, result.gradient);
  }
  return outputs;
}

void EncodeResult(const Problem& problem, const Summary& summary, v1::TermResult& result) {
  result.set_loss_sum(summary.loss_sum);
  result.set_denominator(summary.denominator);
  result.set_non_finite_count(summary.non_finite_count);
  result.mutable_segment_loss_sums()->Assign(summary.segment_loss_sums.begin(),
                                             summary.segment_loss_sums.end());
  result.mutable_segment_denominators()->Assign(summary.segment_denominators.begin(),
                                                summary.segment_denominators.end());
  if (problem.statistics) {
    EncodeStatistics(problem.loss->family, summary, *result.mutable_statistics());
  }
}

void EncodeAsValues(const Cancellation& cancellation, OutgoingResult& result) {
  TensorAsValues(cancellation, result.loss);
  TensorAsValues(cancellation, result.gradient);
}

}  // namespace detloss
