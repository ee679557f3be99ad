// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "server/door.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/request_bytes.h"
#include "server/access.h"
#include "server/methods.h"
#include "server/refused_call.h"
#include "server/status.h"
#include "server/stream_call.h"
#include "server/transport.h"
#include "server/unary_call.h"

namespace detloss {
namespace {

// Of a method that there is not, in the error.
constexpr size_t kMethodBytesMax = 200;

absl::Status NoSuchMethod(const std::string& path) {
  return absl::UnimplementedError(
      absl::StrCat("there is no method ", path.substr(0, kMethodBytesMax)));
}

// The size of the request, if the caller says it in advance. A wrong one costs nothing: what counts
// in the end is what came.
int64_t AnnouncedBytes(const Call& call) {
  const auto& metadata = call.context().client_metadata();
  const auto entry = metadata.find(kRequestBytesKey);
  int64_t bytes = 0;
  if (entry == metadata.end()) return 0;
  const absl::string_view text(entry->second.data(), entry->second.size());
  return absl::SimpleAtoi(text, &bytes) && bytes > 0 ? bytes : 0;
}

// A request that waits for threads or for memory is refused before its bytes have come.
Arrival ArrivalOf(Call& call, const Method& method) {
  if (method.is_stream) return {};
  const ServerOptions& options = call.transport().options();
  const int64_t announced = std::min(AnnouncedBytes(call), options.request_bytes_max);
  return {.announced_bytes = announced, .waits_for_threads = announced > options.inline_bytes_max};
}

void BeginRequest(std::shared_ptr<Call> call, const Method& method) {
  Transport& transport = call->transport();
  Gate::Pass pass = transport.gate().Enter();
  if (!pass) return RefusedCall::Begin(std::move(call), method.name, ShuttingDownError());
  absl::StatusOr<Admission::Ticket> ticket = transport.admission().Enter(ArrivalOf(*call, method));
  if (!ticket.ok()) return RefusedCall::Begin(std::move(call), method.name, ticket.status());
  if (method.is_stream) {
    return StreamCall::Begin(std::move(call), std::move(pass), *std::move(ticket));
  }
  UnaryCall::Begin(std::move(call), method.name, method.run, std::move(pass), *std::move(ticket));
}

// How the server is has to be told however full it is: a probe takes no place. Connections and
// their streams are counted.
void BeginStandard(std::shared_ptr<Call> call, const Method& method) {
  Admission& admission = call->transport().admission();
  absl::StatusOr<Admission::Ticket> ticket =
      method.is_watch ? admission.EnterWatch() : Admission::Ticket();
  if (!ticket.ok()) return RefusedCall::Begin(std::move(call), method.label(), ticket.status());
  method.begin(std::move(call), *std::move(ticket));
}

}  // namespace

void LetIn(std::shared_ptr<Call> call) {
  Transport& transport = call->transport();
  AccessDecision decision = transport.access().Admit(call->method(), call->context());
  call->set_caller(std::move(decision.caller));
  const Method* method = decision.method;
  const absl::string_view label = method != nullptr ? method->label() : "";
  if (decision.outcome == AccessDecision::Outcome::kRefused) {
    return RefusedCall::Begin(std::move(call), label, std::move(decision.error));
  }
  if (method == nullptr) {
    absl::Status status = NoSuchMethod(call->method());
    return RefusedCall::Begin(std::move(call), label, std::move(status));
  }
  if (method->begin != nullptr) return BeginStandard(std::move(call), *method);
  BeginRequest(std::move(call), *method);
}

}  // namespace detloss
