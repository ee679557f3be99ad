// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/compute.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "detloss/v1/loss_service.pb.h"
#include "server/decode.h"
#include "server/encode.h"
#include "server/status.h"
#include "server/wire.h"

namespace detloss {
namespace {

// Adds the time from its construction to its end to a stage.
class StageTimer {
 public:
  StageTimer(RequestRecord& record, Stage stage)
      : microseconds_(record[stage]), start_(std::chrono::steady_clock::now()) {}
  ~StageTimer() {
    const auto elapsed = std::chrono::steady_clock::now() - start_;
    microseconds_ += std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count();
  }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

 private:
  int64_t& microseconds_;
  const std::chrono::steady_clock::time_point start_;
};

// Moves the paths of a term's violations under the term.
void AppendUnder(size_t term, std::vector<Violation> of_term, std::vector<Violation>& all) {
  for (Violation& violation : of_term) {
    violation.field = absl::StrCat(TermPath(term), ".", violation.field);
    all.push_back(std::move(violation));
  }
}

bool HasViolationUnder(const std::string& path, const std::vector<Violation>& violations) {
  return std::any_of(violations.begin(), violations.end(), [&](const Violation& violation) {
    return absl::StartsWith(violation.field, path);
  });
}

void RecordTerm(const Problem& problem, const Plan& plan, RequestRecord& record) {
  const size_t weight = problem.weight ? problem.weight->bytes.size() : 0;
  const size_t bytes = problem.prediction.bytes.size() + problem.target.bytes.size() + weight;
  record.terms.push_back(
      {problem.loss->name, plan.row_count(), plan.element_count(), static_cast<int64_t>(bytes)});
}

// Every plan, or none and the violations of all terms.
std::vector<Plan> PlanAll(const DecodedRequest& decoded, const Limits& limits,
                          RequestRecord& record, std::vector<Violation>& violations) {
  const StageTimer timer(record, Stage::kPlan);
  std::vector<Plan> plans;
  const std::vector<Violation> of_decoder = violations;
  for (size_t i = 0; i < decoded.problems.size(); ++i) {
    std::vector<Violation> of_term;
    std::optional<Plan> plan;
    if (HasViolationUnder(TermPath(i) + ".", of_decoder)) {
      // Tensors that the decoder found wrong would be found wrong again, in other words.
      CheckNumbers(decoded.problems[i], of_term);
    } else {
      plan = MakePlan(decoded.problems[i], limits, of_term);
    }
    AppendUnder(i, std::move(of_term), violations);
    if (!plan) continue;
    RecordTerm(decoded.problems[i], *plan, record);
    plans.push_back(*std::move(plan));
  }
  return plans;
}

absl::Status ExecuteAll(const Environment& environment, const DecodedRequest& decoded,
                        const std::vector<Plan>& plans, const Cancelled& cancelled,
                        RequestRecord& record, v1::ComputeLossResponse& response) {
  const StageTimer timer(record, Stage::kExecute);
  std::vector<Violation> violations;
  for (size_t i = 0; i < plans.size(); ++i) {
    v1::TermResult& result = *response.add_results();
    result.set_name(decoded.names[i]);
    const Outputs outputs = PrepareResult(plans[i], result);
    std::vector<Violation> of_term;
    const absl::StatusOr<Summary> summary =
        Execute(plans[i], outputs, {environment.threads, cancelled}, of_term);
    if (of_term.empty() && !summary.ok()) return summary.status();
    AppendUnder(i, std::move(of_term), violations);
    if (!summary.ok()) continue;
    EncodeResult(decoded.problems[i], *summary, result);
    record.non_finite_count += summary->non_finite_count;
    response.set_total_loss(response.total_loss() + summary->total_loss);
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
                     const Cancelled& cancelled, RequestRecord& record,
                     v1::ComputeLossResponse& response) {
  std::vector<Violation> violations;
  DecodedRequest decoded;
  {
    const StageTimer timer(record, Stage::kDecode);
    decoded = Decode(request, environment.options.terms_max, violations);
  }
  const std::vector<Plan> plans = PlanAll(decoded, environment.limits(), record, violations);
  if (!violations.empty()) return ViolationError(violations);
  absl::Status status = ExecuteAll(environment, decoded, plans, cancelled, record, response);
  if (!status.ok()) return status;
  const StageTimer timer(record, Stage::kEncode);
  if (request.response_encoding() == v1::TENSOR_ENCODING_VALUES) {
    for (v1::TermResult& result : *response.mutable_results()) EncodeAsValues(result);
  }
  EncodeTiming(record, *response.mutable_timing());
  return absl::OkStatus();
}

template <class Message>
absl::Status Parse(const grpc::ByteBuffer& bytes, RequestRecord& record, Message& message) {
  const StageTimer timer(record, Stage::kDecode);
  record.bytes_in = bytes.Valid() ? static_cast<int64_t>(bytes.Length()) : 0;
  return ParseMessage(bytes, message);
}

Reply Serialize(const google::protobuf::Message& message, RequestRecord& record) {
  const StageTimer timer(record, Stage::kEncode);
  Reply reply = SerializeMessage(message);
  if (reply.ok()) record.bytes_out = static_cast<int64_t>(reply->Length());
  return reply;
}

}  // namespace

Reply ComputeLossBytes(const Environment& environment, const grpc::ByteBuffer& request,
                       const Cancelled& cancelled, RequestRecord& record) {
  v1::ComputeLossRequest message;
  v1::ComputeLossResponse response;
  absl::Status status = Parse(request, record, message);
  if (status.ok()) status = Compute(environment, message, cancelled, record, response);
  if (!status.ok()) return status;
  return Serialize(response, record);
}

grpc::ByteBuffer ComputeItemBytes(const Environment& environment, const grpc::ByteBuffer& item,
                                  const Cancelled& cancelled, RequestRecord& record) {
  v1::StreamComputeLossRequest message;
  v1::StreamComputeLossResponse response;
  record.status = Parse(item, record, message);
  response.set_id(message.id());
  if (record.status.ok()) {
    record.status =
        Compute(environment, message.request(), cancelled, record, *response.mutable_response());
  }
  if (!record.status.ok()) *response.mutable_error() = ToProto(record.status);
  Reply reply = Serialize(response, record);
  if (reply.ok()) return *std::move(reply);
  record.status = reply.status();
  *response.mutable_error() = ToProto(record.status);
  return *Serialize(response, record);
}

}  // namespace detloss
