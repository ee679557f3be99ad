// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// A server in the test's process that answers as a test says, or computes box losses by itself.

#ifndef DETLOSS_TESTS_CLIENT_FAKE_LOSS_SERVICE_H_
#define DETLOSS_TESTS_CLIENT_FAKE_LOSS_SERVICE_H_

#include <grpcpp/server.h>

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "detloss/client/loss_client.h"
#include "detloss/v1/loss_service.grpc.pb.h"

namespace detloss {

class FakeLossService final : public v1::LossService::Service {
 public:
  using Compute = std::function<grpc::Status(const v1::ComputeLossRequest& request,
                                             v1::ComputeLossResponse& response)>;

  // Listens on `address` too, unless it is empty.
  explicit FakeLossService(Compute compute, const std::string& address = "");
  ~FakeLossService() override;

  // A client of this server. It does not sleep between attempts.
  client::LossClient MakeClient(client::ClientOptions options = {}) const;

  grpc::Server& server() { return *server_; }

  // That was taken, where `address` has port 0.
  int port() const { return port_; }

  // From how many connections ComputeLoss was called.
  size_t peer_count();

  // The size that the last call of ComputeLoss announced; empty if it did not.
  std::string announced_bytes();

  grpc::Status ComputeLoss(grpc::ServerContext* context, const v1::ComputeLossRequest* request,
                           v1::ComputeLossResponse* response) override;
  grpc::Status StreamComputeLoss(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::StreamComputeLossResponse, v1::StreamComputeLossRequest>* stream)
      override;
  grpc::Status ListLosses(grpc::ServerContext* context, const v1::ListLossesRequest* request,
                          v1::ListLossesResponse* response) override;
  grpc::Status GetServerInfo(grpc::ServerContext* context, const v1::GetServerInfoRequest* request,
                             v1::GetServerInfoResponse* response) override;

 private:
  Compute compute_;
  int port_ = 0;
  std::mutex mutex_;
  std::set<std::string> peers_;  // guarded by mutex_
  std::string announced_bytes_;  // likewise
  std::unique_ptr<grpc::Server> server_;
};

// Sums, for each segment, iou, giou, diou and ciou of FLOAT64 boxes in format XYWH, and
// binary_cross_entropy of FLOAT64 logits, written here from their definitions.
grpc::Status ComputeByDefinition(const v1::ComputeLossRequest& request,
                                 v1::ComputeLossResponse& response);

}  // namespace detloss

#endif  // DETLOSS_TESTS_CLIENT_FAKE_LOSS_SERVICE_H_
