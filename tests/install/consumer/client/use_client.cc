// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Asks a server that does not exist, and is told so.

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "detloss/client/loss_client.h"

int main() {
  using detloss::client::MakeTensorRef;
  // No one may listen on port 1 without being root, and no one does.
  const detloss::client::LossClient client(
      {.address = "127.0.0.1:1", .deadline = absl::Seconds(5), .attempts_max = 2});
  const std::vector<float> prediction = {0, 0, 2, 2}, target = {2, 2, 4, 4};
  const absl::StatusOr<detloss::client::LossResult> result = client.Compute(
      detloss::v1::GiouLoss(), MakeTensorRef(prediction, {1, 4}), MakeTensorRef(target, {1, 4}));
  std::printf("%s\n", result.status().ToString().c_str());
  return absl::IsUnavailable(result.status()) ? EXIT_SUCCESS : EXIT_FAILURE;
}
