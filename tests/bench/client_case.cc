// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "tests/bench/client_case.h"

namespace detloss::bench {
namespace {

client::TensorRef Refer(const Tensor& tensor, const std::shared_ptr<const CaseTensors>& owner) {
  return {.data_type = static_cast<v1::DataType>(tensor.type()),
          .shape = {tensor.shape().begin(), tensor.shape().end()},
          .data = absl::MakeConstSpan(tensor.bytes().data(), tensor.bytes().size()),
          .owner = owner};
}

}  // namespace

ClientCase::ClientCase(const nlohmann::json& question)
    : case_(ParseCase(question)), tensors_(std::make_shared<const CaseTensors>(case_)) {}

absl::StatusOr<client::LossResult> ClientCase::Compute(const client::LossClient& client) const {
  v1::LossTerm term;
  return client.Compute(MutableLoss(case_, term), Refer(tensors_->prediction(), tensors_),
                        Refer(tensors_->target(), tensors_),
                        {.gradient = case_.gradient, .statistics = case_.statistics});
}

}  // namespace detloss::bench
