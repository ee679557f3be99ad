// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "client/cpp/request.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

namespace detloss::client {
namespace {

using google::protobuf::io::CodedOutputStream;

const google::protobuf::FieldDescriptor* FindLossField(const google::protobuf::Message& loss) {
  const auto& losses = *v1::LossTerm::descriptor()->FindOneofByName("loss");
  for (int i = 0; i < losses.field_count(); ++i) {
    if (losses.field(i)->message_type() == loss.GetDescriptor()) return losses.field(i);
  }
  return nullptr;
}

void FillOptions(const TermOptions& options, v1::LossTerm& term) {
  term.set_name(options.name);
  term.set_reduction(options.reduction);
  if (options.normalizer.has_value()) term.set_normalizer(*options.normalizer);
  if (options.scale.has_value()) term.set_scale(*options.scale);
  term.set_gradient(options.gradient);
  term.mutable_segment_offsets()->Assign(options.segment_offsets.begin(),
                                         options.segment_offsets.end());
  term.set_statistics(options.statistics);
  if (options.easy_threshold.has_value()) term.set_easy_threshold(*options.easy_threshold);
  term.set_non_finite(options.non_finite);
}

// The term without its tensors.
absl::StatusOr<v1::LossTerm> MakeTerm(const google::protobuf::Message& loss,
                                      const TermOptions& options) {
  const google::protobuf::FieldDescriptor* field = FindLossField(loss);
  if (field == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(loss.GetTypeName(), " is not a loss"));
  }
  v1::LossTerm term;
  v1::LossTerm::GetReflection()->MutableMessage(&term, field)->CopyFrom(loss);
  FillOptions(options, term);
  return term;
}

// What precedes the `size` bytes of a field that is a message or bytes: its tag and length.
std::string FieldHead(int number, size_t size) {
  uint8_t buffer[20];
  constexpr uint32_t kLengthDelimited = 2;
  const uint32_t tag = static_cast<uint32_t>(number) << 3 | kLengthDelimited;
  uint8_t* const end = CodedOutputStream::WriteVarint64ToArray(
      size, CodedOutputStream::WriteVarint32ToArray(tag, buffer));
  return std::string(buffer, end);
}

// A slice that holds a reference to the owner of the elements until the transport drops it.
grpc::Slice Share(const TensorRef& ref) {
  using Owner = std::shared_ptr<const void>;
  auto owner = std::make_unique<Owner>(ref.owner);
  // gRPC does not write to what it sends.
  return grpc::Slice(
      const_cast<std::byte*>(ref.data.data()), ref.data.size(),
      [](void* pointer) { delete static_cast<Owner*>(pointer); }, owner.release());
}

// The fields of a term on the wire: text and, by reference, elements.
class TermWriter {
 public:
  explicit TermWriter(const v1::LossTerm& term) { Append(term.SerializeAsString()); }

  void AppendTensor(int number, const TensorRef& ref) {
    v1::Tensor head;
    head.set_data_type(ref.data_type);
    head.mutable_shape()->Assign(ref.shape.begin(), ref.shape.end());
    const std::string text = absl::StrCat(head.SerializeAsString(),
                                          FieldHead(v1::Tensor::kDataFieldNumber, ref.data.size()));
    Append(FieldHead(number, text.size() + ref.data.size()));
    Append(text);
    if (ref.data.empty()) return;
    slices_.push_back(ref.owner != nullptr ? Share(ref)
                                           : grpc::Slice(ref.data.data(), ref.data.size()));
    size_ += ref.data.size();
  }

  // The request of this one term.
  grpc::ByteBuffer Finish() && {
    slices_.insert(slices_.begin(),
                   grpc::Slice(FieldHead(v1::ComputeLossRequest::kTermsFieldNumber, size_)));
    return grpc::ByteBuffer(slices_.data(), slices_.size());
  }

 private:
  void Append(const std::string& text) {
    slices_.emplace_back(text);
    size_ += text.size();
  }

  std::vector<grpc::Slice> slices_;
  size_t size_ = 0;
};

}  // namespace

absl::StatusOr<v1::ComputeLossRequest> MakeRequest(const google::protobuf::Message& loss,
                                                   const TensorRef& prediction,
                                                   const TensorRef& target,
                                                   const TermOptions& options) {
  absl::StatusOr<v1::LossTerm> term = MakeTerm(loss, options);
  if (!term.ok()) return term.status();
  FillTensor(prediction, *term->mutable_prediction());
  FillTensor(target, *term->mutable_target());
  if (options.weight.has_value()) FillTensor(*options.weight, *term->mutable_weight());
  v1::ComputeLossRequest request;
  request.add_terms()->Swap(&*term);
  return request;
}

absl::StatusOr<grpc::ByteBuffer> EncodeRequest(const google::protobuf::Message& loss,
                                               const TensorRef& prediction, const TensorRef& target,
                                               const TermOptions& options) {
  const absl::StatusOr<v1::LossTerm> term = MakeTerm(loss, options);
  if (!term.ok()) return term.status();
  TermWriter writer(*term);
  writer.AppendTensor(v1::LossTerm::kPredictionFieldNumber, prediction);
  writer.AppendTensor(v1::LossTerm::kTargetFieldNumber, target);
  if (options.weight.has_value()) {
    writer.AppendTensor(v1::LossTerm::kWeightFieldNumber, *options.weight);
  }
  return std::move(writer).Finish();
}

}  // namespace detloss::client
