// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/client/fake_loss_service.h"

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>

namespace detloss {
namespace {

struct Corners {
  double left, top, right, bottom;
  explicit Corners(const double* xywh)
      : left(xywh[0]), top(xywh[1]), right(xywh[0] + xywh[2]), bottom(xywh[1] + xywh[3]) {}
  double width() const { return right - left; }
  double height() const { return bottom - top; }
  double area() const { return width() * height(); }
};

double Square(double value) { return value * value; }

double CenterDistance(const Corners& a, const Corners& b) {
  return (Square(a.left + a.right - b.left - b.right) +
          Square(a.top + a.bottom - b.top - b.bottom)) /
         4;
}

double AspectTerm(const Corners& a, const Corners& b, double iou) {
  const double v = 4 / Square(std::numbers::pi) *
                   Square(std::atan2(b.width(), b.height()) - std::atan2(a.width(), a.height()));
  return v > 0 ? v * v / (1 - iou + v) : 0;
}

double BoxLoss(v1::LossTerm::LossCase loss, const double* prediction, const double* target) {
  const Corners a(prediction);
  const Corners b(target);
  const double overlap_width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const double overlap_height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  const double intersection = std::max(overlap_width, 0.0) * std::max(overlap_height, 0.0);
  const double all = a.area() + b.area() - intersection;
  const double iou = intersection / all;
  const double hull_width = std::max(a.right, b.right) - std::min(a.left, b.left);
  const double hull_height = std::max(a.bottom, b.bottom) - std::min(a.top, b.top);
  const double hull = hull_width * hull_height;
  const double diou = 1 - iou + CenterDistance(a, b) / (Square(hull_width) + Square(hull_height));
  if (loss == v1::LossTerm::kIou) return 1 - iou;
  if (loss == v1::LossTerm::kGiou) return 1 - iou + (hull - all) / hull;
  return loss == v1::LossTerm::kDiou ? diou : diou + AspectTerm(a, b, iou);
}

double BinaryCrossEntropy(double logit, double target) {
  return std::max(logit, 0.0) - logit * target + std::log1p(std::exp(-std::abs(logit)));
}

// The loss of one row of a term.
double RowLoss(const v1::LossTerm& term, const double* prediction, const double* target,
               int64_t row) {
  if (term.has_binary_cross_entropy()) return BinaryCrossEntropy(prediction[row], target[row]);
  return BoxLoss(term.loss_case(), prediction + 4 * row, target + 4 * row);
}

v1::TermResult ComputeTerm(const v1::LossTerm& term) {
  const std::vector<double> prediction = *client::ToDoubles(term.prediction());
  const std::vector<double> target = *client::ToDoubles(term.target());
  v1::TermResult result;
  for (int i = 0; i + 1 < term.segment_offsets_size(); ++i) {
    double sum = 0;
    for (int64_t row = term.segment_offsets(i); row < term.segment_offsets(i + 1); ++row) {
      sum += RowLoss(term, prediction.data(), target.data(), row);
    }
    result.add_segment_loss_sums(sum);
  }
  return result;
}

}  // namespace

grpc::Status ComputeByDefinition(const v1::ComputeLossRequest& request,
                                 v1::ComputeLossResponse& response) {
  for (const v1::LossTerm& term : request.terms()) *response.add_results() = ComputeTerm(term);
  return grpc::Status::OK;
}

FakeLossService::FakeLossService(Compute compute, const std::string& address)
    : compute_(std::move(compute)) {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.RegisterService(this);
  if (!address.empty())
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port_);
  builder.SetMaxReceiveMessageSize(-1);
  server_ = builder.BuildAndStart();
  server_->GetHealthCheckService()->SetServingStatus(v1::LossService::service_full_name(), true);
}

// Those who watch the health would hold up the end.
FakeLossService::~FakeLossService() {
  server_->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(500));
}

client::LossClient FakeLossService::MakeClient(client::ClientOptions options) const {
  if (options.sleep == nullptr) options.sleep = [](absl::Duration) {};
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  return client::LossClient(server_->InProcessChannel(arguments), std::move(options));
}

size_t FakeLossService::peer_count() {
  const std::lock_guard lock(mutex_);
  return peers_.size();
}

std::string FakeLossService::announced_bytes() {
  const std::lock_guard lock(mutex_);
  return announced_bytes_;
}

grpc::Status FakeLossService::ComputeLoss(grpc::ServerContext* context,
                                          const v1::ComputeLossRequest* request,
                                          v1::ComputeLossResponse* response) {
  {
    const std::lock_guard lock(mutex_);
    peers_.insert(context->peer());
    const auto& metadata = context->client_metadata();
    const auto announced = metadata.find("detloss-request-bytes");
    announced_bytes_ = announced == metadata.end()
                           ? ""
                           : std::string(announced->second.data(), announced->second.size());
  }
  return compute_(*request, *response);
}

grpc::Status FakeLossService::StreamComputeLoss(
    grpc::ServerContext* /*context*/,
    grpc::ServerReaderWriter<v1::StreamComputeLossResponse, v1::StreamComputeLossRequest>* stream) {
  v1::StreamComputeLossRequest request;
  while (stream->Read(&request)) {
    v1::StreamComputeLossResponse response;
    response.set_id(request.id());
    const grpc::Status status = compute_(request.request(), *response.mutable_response());
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE) return status;  // as at its end
    if (!status.ok()) response.mutable_error()->set_code(status.error_code());
    stream->Write(response);
  }
  return grpc::Status::OK;
}

grpc::Status FakeLossService::ListLosses(grpc::ServerContext* /*context*/,
                                         const v1::ListLossesRequest* /*request*/,
                                         v1::ListLossesResponse* response) {
  const std::pair<const char*, v1::LossFamily> losses[] = {
      {"cross_entropy", v1::LOSS_FAMILY_SOFTMAX},
      {"binary_cross_entropy", v1::LOSS_FAMILY_SIGMOID},
      {"iou", v1::LOSS_FAMILY_BOX},
      {"giou", v1::LOSS_FAMILY_BOX},
      {"diou", v1::LOSS_FAMILY_BOX},
      {"ciou", v1::LOSS_FAMILY_BOX}};
  for (const auto& [name, family] : losses) {
    v1::LossDescription& loss = *response->add_losses();
    loss.set_name(name);
    loss.set_family(family);
  }
  return grpc::Status::OK;
}

grpc::Status FakeLossService::GetServerInfo(grpc::ServerContext* /*context*/,
                                            const v1::GetServerInfoRequest* /*request*/,
                                            v1::GetServerInfoResponse* response) {
  response->set_version("1.2.3");
  return grpc::Status::OK;
}

}  // namespace detloss
