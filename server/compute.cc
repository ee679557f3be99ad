// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/compute.h"

#include <google/protobuf/arena.h>

#include <optional>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "detloss/v1/loss_service.pb.h"
#include "server/decode.h"
#include "server/encode.h"
#include "server/reply_writer.h"
#include "server/request_reader.h"
#include "server/stages.h"
#include "server/status.h"
#include "server/within_memory.h"

namespace detloss {
namespace {

using google::protobuf::Arena;

void RecordTerm(const DecodedTerm& term, const Plan& plan, RequestRecord& record) {
  const Problem& problem = term.problem;
  const size_t weight = problem.weight ? problem.weight->bytes.size() : 0;
  const size_t bytes = problem.prediction.bytes.size() + problem.target.bytes.size() + weight;
  record.terms.push_back(
      {problem.loss->name, plan.row_count(), plan.element_count(), static_cast<int64_t>(bytes)});
  if (term.name != problem.loss->name) record.terms.back().name = std::string(term.name);
}

// Where the messages of a request are: most need no more than the block that is there already.
class RequestArena {
 public:
  Arena* get() { return &arena_; }

 private:
  alignas(8) char block_[4096];
  Arena arena_{block_, sizeof block_};
};

// Reads a message by one of the functions of request_reader.h: a part of the stage kDecode.
template <class Message>
absl::Status Read(absl::Status (*read)(const grpc::ByteBuffer&, const WireLimits&, Message&,
                                       Skeleton&),
                  const Environment& environment, const grpc::ByteBuffer& bytes,
                  RequestRecord& record, Message& message, Skeleton& skeleton) {
  const StageTimer timer(record, Stage::kDecode);
  return read(bytes, environment.wire_limits(), message, skeleton);
}

using Plans = absl::InlinedVector<Plan, 1>;

// Every plan, or not all of them and the violations of all terms.
Plans PlanAll(const DecodedRequest& decoded, const Limits& limits, RequestRecord& record,
              std::vector<Violation>& violations) {
  const StageTimer timer(record, Stage::kPlan);
  Plans plans;
  for (size_t i = 0; i < decoded.terms.size(); ++i) {
    std::vector<Violation> of_term;
    std::optional<Plan> plan = MakePlan(decoded.terms[i].problem, limits, of_term);
    AppendUnder(i, std::move(of_term), violations);
    if (!plan) continue;
    RecordTerm(decoded.terms[i], *plan, record);
    plans.push_back(*std::move(plan));
  }
  return plans;
}

absl::Status ExecuteAll(const Environment& environment, const DecodedRequest& decoded,
                        const Plans& plans, const Cancelled& cancelled, RequestRecord& record,
                        OutgoingResponse& response) {
  const StageTimer timer(record, Stage::kExecute);
  std::vector<Violation> violations;
  for (size_t i = 0; i < plans.size(); ++i) {
    const DecodedTerm& term = decoded.terms[i];
    OutgoingResult& result = response.AddResult();
    result.message->mutable_name()->assign(term.name.data(), term.name.size());
    const Outputs outputs = PrepareResult(plans[i], environment.buffers, response, result);
    std::vector<Violation> of_term;
    const absl::StatusOr<Summary> summary =
        Execute(plans[i], outputs, {environment.threads, cancelled}, of_term);
    if (of_term.empty() && !summary.ok()) return summary.status();
    AppendUnder(i, std::move(of_term), violations);
    if (!summary.ok()) continue;
    EncodeResult(term.problem, *summary, *result.message);
    record.non_finite_count += summary->non_finite_count;
    response.message.set_total_loss(response.message.total_loss() + summary->total_loss);
  }
  return violations.empty() ? absl::OkStatus() : ViolationError(violations);
}

void EncodeTiming(RequestRecord& record, v1::Timing& timing) {
  timing.set_queue_us(record[Stage::kQueue]);
  timing.set_decode_us(record[Stage::kDecode]);
  timing.set_plan_us(record[Stage::kPlan]);
  timing.set_execute_us(record[Stage::kExecute]);
}

// The whole way of a request from message to message.
absl::Status Compute(const Environment& environment, const v1::ComputeLossRequest& request,
                     const Skeleton& skeleton, const Cancelled& cancelled, RequestRecord& record,
                     OutgoingResponse& response) {
  const Cancellation cancellation(cancelled);
  std::vector<Violation> violations;
  DecodedRequest decoded;
  {
    const StageTimer timer(record, Stage::kDecode);
    decoded = Decode(request, skeleton.payloads, environment.limits(), cancellation, violations);
  }
  if (cancellation.happened()) return absl::CancelledError();
  const Plans plans = PlanAll(decoded, environment.limits(), record, violations);
  if (!violations.empty()) return ViolationError(violations);
  absl::Status status = ExecuteAll(environment, decoded, plans, cancelled, record, response);
  if (!status.ok()) return status;
  const StageTimer timer(record, Stage::kEncode);
  if (request.response_encoding() == v1::TENSOR_ENCODING_VALUES) {
    for (OutgoingResult& result : response.results) EncodeAsValues(cancellation, result);
    if (cancellation.happened()) return absl::CancelledError();
  }
  EncodeTiming(record, *response.message.mutable_timing());
  return absl::OkStatus();
}

}  // namespace

ReplyBytes ItemErrorBytes(const grpc::ByteBuffer& item, RequestRecord& record) {
  v1::StreamComputeLossResponse failure;
  failure.set_id(ItemIdOf(item));
  *failure.mutable_error() = ToProto(record.status);
  return *Serialize(failure, record);
}

Reply ComputeLossBytes(const Environment& environment, const grpc::ByteBuffer& request,
                       const Cancelled& cancelled, RequestRecord& record) {
  Reply reply;
  absl::Status status = WithinMemory([&] {
    RequestArena arena;
    auto& message = *Arena::CreateMessage<v1::ComputeLossRequest>(arena.get());
    OutgoingResponse response(*arena.get());
    Skeleton skeleton;
    absl::Status done = Read(ReadRequest, environment, request, record, message, skeleton);
    if (done.ok()) done = Compute(environment, message, skeleton, cancelled, record, response);
    if (!done.ok()) return done;
    reply = Encode([&] { return WriteResponse(response); }, record);
    return reply.status();
  });
  if (!status.ok()) return status;
  return reply;
}

ReplyBytes ComputeItemBytes(const Environment& environment, const grpc::ByteBuffer& item,
                            const Cancelled& cancelled, RequestRecord& record) {
  Reply reply;
  record.status = WithinMemory([&] {
    RequestArena arena;
    auto& message = *Arena::CreateMessage<v1::StreamComputeLossRequest>(arena.get());
    OutgoingResponse response(*arena.get());
    Skeleton skeleton;
    absl::Status done = Read(ReadItem, environment, item, record, message, skeleton);
    if (done.ok()) {
      done = Compute(environment, message.request(), skeleton, cancelled, record, response);
    }
    if (!done.ok()) return done;
    reply = Encode([&] { return WriteItem(message.id(), response); }, record);
    return reply.status();
  });
  if (record.status.ok()) return *std::move(reply);
  return ItemErrorBytes(item, record);
}

}  // namespace detloss
