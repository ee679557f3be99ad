// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The methods that say what the server offers: ListLosses and GetServerInfo.

#include "detloss/registry.h"
#include "detloss/v1/loss_service.pb.h"
#include "server/compute.h"
#include "server/stages.h"
#include "server/version.h"
#include "server/within_memory.h"

namespace detloss {
namespace {

void Describe(const ParameterSpec& spec, v1::ParameterDescription& message) {
  message.set_name(std::string(spec.name));
  message.set_kind(static_cast<v1::ParameterKind>(spec.kind));
  message.set_default_value(DefaultText(spec));
  message.set_range(RangeText(spec));
  message.set_description(std::string(spec.description));
}

void Describe(const LossInfo& loss, v1::LossDescription& message) {
  message.set_name(std::string(loss.name));
  message.set_summary(std::string(loss.summary));
  message.set_formula(std::string(loss.formula));
  message.set_paper(std::string(loss.paper));
  message.set_family(static_cast<v1::LossFamily>(loss.family));
  for (const ParameterSpec& spec : loss.parameters) Describe(spec, *message.add_parameters());
}

// Both methods have requests without fields.
template <class Request>
Reply Answer(const grpc::ByteBuffer& request, const google::protobuf::Message& response,
             RequestRecord& record) {
  return WithinMemory([&]() -> Reply {
    Request message;
    if (absl::Status status = Parse(request, record, message); !status.ok()) return status;
    return Serialize(response, record);
  });
}

}  // namespace

Reply ListLossesBytes(const Environment& /*environment*/, const grpc::ByteBuffer& request,
                      const Cancelled& /*cancelled*/, RequestRecord& record) {
  v1::ListLossesResponse response;
  for (const LossInfo& loss : AllLosses()) Describe(loss, *response.add_losses());
  return Answer<v1::ListLossesRequest>(request, response, record);
}

Reply GetServerInfoBytes(const Environment& environment, const grpc::ByteBuffer& request,
                         const Cancelled& /*cancelled*/, RequestRecord& record) {
  const ServerOptions& options = environment.options;
  v1::GetServerInfoResponse response;
  response.set_version(kVersion);
  response.set_simd_target(std::string(SimdTarget()));
  response.set_compute_threads(options.compute_threads);
  v1::Limits& limits = *response.mutable_limits();
  limits.set_request_bytes_max(options.request_bytes_max);
  limits.set_terms_max(options.terms_max);
  limits.set_rank_max(options.rank_max);
  limits.set_elements_max(options.elements_max);
  limits.set_classes_max(options.classes_max);
  limits.set_segments_max(options.segments_max);
  return Answer<v1::GetServerInfoRequest>(request, response, record);
}

}  // namespace detloss
