// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// The client of `detloss.v1.LossService`.
//
//   LossClient client({.address = "unix:/run/detloss.sock"});
//   v1::SigmoidFocalLoss focal;
//   focal.set_gamma(1.5);
//   auto result = client.Compute(focal, MakeTensorRef(logits, {rows, classes}),
//                                MakeTensorRef(targets, {rows}));
//   if (!result.ok()) return result.status();
//   Use(result->loss, result->term.gradient());

#ifndef DETLOSS_CLIENT_LOSS_CLIENT_H_
#define DETLOSS_CLIENT_LOSS_CLIENT_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "detloss/client/error.h"
#include "detloss/client/options.h"
#include "detloss/client/tensor_ref.h"
#include "detloss/v1/loss_service.grpc.pb.h"

namespace detloss::client {

// What a term asks for beside its loss and tensors. The defaults are those of `v1::LossTerm`.
struct TermOptions {
  // Echoed in the result and in the server's log. Default: the name of the loss.
  std::string name = {};
  // Broadcastable to the per-element loss.
  std::optional<TensorRef> weight = {};
  v1::Reduction reduction = v1::REDUCTION_MEAN;
  std::optional<double> normalizer = {};
  std::optional<double> scale = {};
  bool gradient = true;
  // The first row of each segment, and after the last the number of rows. Empty: one segment.
  std::vector<int64_t> segment_offsets = {};
  bool statistics = false;
  // The probability from which a positive is easy and a negative hard, in the statistics, which it
  // needs. Default: 0.5.
  std::optional<double> easy_threshold = {};
  v1::NonFinitePolicy non_finite = v1::NON_FINITE_POLICY_PROPAGATE;
  // Of this call. Default: that of the client.
  std::optional<absl::Duration> deadline = {};
};

// What one term gave.
struct LossResult {
  // The loss, over all segments; 0 for REDUCTION_NONE.
  double loss = 0;
  v1::TermResult term;
  v1::Timing timing;
};

// A request of one term: the loss in its field of `v1::LossTerm`, copies of the tensors, and the
// options. INVALID_ARGUMENT when `loss` is not the message of a loss.
absl::StatusOr<v1::ComputeLossRequest> MakeRequest(const google::protobuf::Message& loss,
                                                   const TensorRef& prediction,
                                                   const TensorRef& target,
                                                   const TermOptions& options = {});

// Many requests over one call. One thread may write while another reads. Not retried: an item that
// was not answered before the stream broke is the caller's to send again.
class LossStream {
 public:
  using Call = grpc::ClientReaderWriterInterface<v1::StreamComputeLossRequest,
                                                 v1::StreamComputeLossResponse>;

  LossStream(std::unique_ptr<grpc::ClientContext> context, std::unique_ptr<Call> call)
      : context_(std::move(context)), call_(std::move(call)) {}

  // False when the stream is broken: `Finish` tells why.
  bool Write(const v1::StreamComputeLossRequest& request) { return call_->Write(request); }

  // No more requests will follow.
  void WritesDone();

  // Waits for an answer, of any request. False when there will be no other: `Finish` tells why.
  bool Read(v1::StreamComputeLossResponse& response) { return call_->Read(&response); }

  // Sends no more requests, waits for the end of the stream and returns its outcome, which failed
  // items do not touch. Drops the answers that were not read. REQUIRES: no other thread uses the
  // stream.
  absl::Status Finish();

 private:
  // The call refers to its context.
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<Call> call_;
  bool writes_done_ = false;
};

// The connections to a server, or to several that are alike. Construction does not wait for them;
// copies share them and are cheap. Thread-safe.
//
// Calls without side effects: each is repeated on UNAVAILABLE, when a server shuts down before the
// call began, and on RESOURCE_EXHAUSTED when the server says when to, until it succeeds or its
// deadline forbids another attempt.
//
// Errors: those of the server, with the details that `DecodeErrorDetails` returns; UNAVAILABLE when
// no server was reached; DEADLINE_EXCEEDED.
class LossClient {
 public:
  explicit LossClient(const ClientOptions& options = {});

  // Over a channel of the caller's; `address`, `connections`, `tls` and `credentials` are not used.
  LossClient(std::shared_ptr<grpc::Channel> channel, ClientOptions options);

  // Computes one term. `loss` is the message of a loss: `v1::GiouLoss`.
  absl::StatusOr<LossResult> Compute(const google::protobuf::Message& loss,
                                     const TensorRef& prediction, const TensorRef& target,
                                     const TermOptions& options = {}) const;

  // Computes all terms of `request`.
  absl::StatusOr<v1::ComputeLossResponse> ComputeLoss(
      const v1::ComputeLossRequest& request, std::optional<absl::Duration> deadline = {}) const;

  // Opens a stream. The deadline covers it from first to last item. Default: none.
  LossStream StreamComputeLoss(absl::Duration deadline = absl::InfiniteDuration()) const;

  absl::StatusOr<v1::ListLossesResponse> ListLosses() const;
  absl::StatusOr<v1::GetServerInfoResponse> GetServerInfo() const;

  // OK when `service` (default: the whole server) is serving. UNAVAILABLE when it is not, NOT_FOUND
  // when the server does not know it. Of several servers, tells of one that serves.
  absl::Status CheckHealth(const std::string& service = "") const;

 private:
  struct State;

  std::shared_ptr<const State> state_;
};

}  // namespace detloss::client

#endif  // DETLOSS_CLIENT_LOSS_CLIENT_H_
