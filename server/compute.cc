// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/compute.h"

#include <google/protobuf/arena.h>

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
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

// Moves the paths of a term's violations under the term.
void AppendUnder(size_t term, std::vector<Violation> of_term, std::vector<Violation>& all) {
  for (Violation& violation : of_term) {
    violation.field = absl::StrCat(TermPath(term), ".", violation.field);
    all.push_back(std::move(violation));
  }
}

void RecordTerm(const Problem& problem, const std::string& name, const Plan& plan,
                RequestRecord& record) {
  const size_t weight = problem.weight ? problem.weight->bytes.size() : 0;
  const size_t bytes = problem.prediction.bytes.size() + problem.target.bytes.size() + weight;
  record.terms.push_back({problem.loss->name, plan.row_count(), plan.element_count(),
                          static_cast<int64_t>(bytes), name});
}

// Where the message of a request is: most need no more than the block that is there already.
class RequestArena {
 public:
  Arena* get() { return &arena_; }

 private:
  alignas(8) char block_[4096];
  Arena arena_{block_, sizeof block_};
};

// Reads a message by one of the functions of request_reader.h: a part of the stage kDecode.
template <class Message>
absl::Status Read(absl::Status (*read)(const grpc::ByteBuffer&, int64_t, Message&, Skeleton&),
                  const Environment& environment, const grpc::ByteBuffer& bytes,
                  RequestRecord& record, Message& message, Skeleton& skeleton) {
  const StageTimer timer(record, Stage::kDecode);
  return read(bytes, environment.options.terms_max, message, skeleton);
}

// Every plan, or not all of them and the violations of all terms.
std::vector<Plan> PlanAll(const DecodedRequest& decoded, const Limits& limits,
                          RequestRecord& record, std::vector<Violation>& violations) {
  const StageTimer timer(record, Stage::kPlan);
  std::vector<Plan> plans;
  for (size_t i = 0; i < decoded.problems.size(); ++i) {
    std::vector<Violation> of_term;
    std::optional<Plan> plan = MakePlan(decoded.problems[i], limits, of_term);
    AppendUnder(i, std::move(of_term), violations);
    if (!plan) continue;
    RecordTerm(decoded.problems[i], decoded.names[i], *plan, record);
    plans.push_back(*std::move(plan));
  }
  return plans;
}

absl::Status ExecuteAll(const Environment& environment, const DecodedRequest& decoded,
                        const std::vector<Plan>& plans, const Cancelled& cancelled,
                        RequestRecord& record, OutgoingResponse& response) {
  const StageTimer timer(record, Stage::kExecute);
  std::vector<Violation> violations;
  for (size_t i = 0; i < plans.size(); ++i) {
    v1::TermResult& result = *response.message.add_results();
    result.set_name(decoded.names[i]);
    const Outputs outputs =
        PrepareResult(plans[i], environment.buffers, result, response.buffers.emplace_back());
    std::vector<Violation> of_term;
    const absl::StatusOr<Summary> summary =
        Execute(plans[i], outputs, {environment.threads, cancelled}, of_term);
    if (of_term.empty() && !summary.ok()) return summary.status();
    AppendUnder(i, std::move(of_term), violations);
    if (!summary.ok()) continue;
    EncodeResult(decoded.problems[i], *summary, result);
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
  std::vector<Violation> violations;
  DecodedRequest decoded;
  {
    const StageTimer timer(record, Stage::kDecode);
    decoded = Decode(request, skeleton.payloads, environment.limits(), violations);
  }
  const std::vector<Plan> plans = PlanAll(decoded, environment.limits(), record, violations);
  if (!violations.empty()) return ViolationError(violations);
  absl::Status status = ExecuteAll(environment, decoded, plans, cancelled, record, response);
  if (!status.ok()) return status;
  const StageTimer timer(record, Stage::kEncode);
  if (request.response_encoding() == v1::TENSOR_ENCODING_VALUES) {
    for (size_t i = 0; i < response.buffers.size(); ++i) {
      EncodeAsValues(response.buffers[i], *response.message.mutable_results(static_cast<int>(i)));
    }
  }
  EncodeTiming(record, *response.message.mutable_timing());
  return absl::OkStatus();
}

}  // namespace

Reply ComputeLossBytes(const Environment& environment, const grpc::ByteBuffer& request,
                       const Cancelled& cancelled, RequestRecord& record) {
  Reply reply;
  absl::Status status = WithinMemory([&] {
    RequestArena arena;
    auto& message = *Arena::CreateMessage<v1::ComputeLossRequest>(arena.get());
    OutgoingResponse response;
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

grpc::ByteBuffer ComputeItemBytes(const Environment& environment, const grpc::ByteBuffer& item,
                                  const Cancelled& cancelled, RequestRecord& record) {
  Skeleton skeleton;
  Reply reply;
  record.status = WithinMemory([&] {
    RequestArena arena;
    auto& message = *Arena::CreateMessage<v1::StreamComputeLossRequest>(arena.get());
    OutgoingResponse response;
    absl::Status done = Read(ReadItem, environment, item, record, message, skeleton);
    if (done.ok()) {
      done = Compute(environment, message.request(), skeleton, cancelled, record, response);
    }
    if (!done.ok()) return done;
    reply = Encode([&] { return WriteItem(skeleton.id, response); }, record);
    return reply.status();
  });
  if (record.status.ok()) return *std::move(reply);
  v1::StreamComputeLossResponse failure;
  failure.set_id(skeleton.id);
  *failure.mutable_error() = ToProto(record.status);
  return *Serialize(failure, record);
}

}  // namespace detloss
