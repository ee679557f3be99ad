// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Requests as bytes, made once and sent many times.

#ifndef DETLOSS_TESTS_BENCH_REQUEST_H_
#define DETLOSS_TESTS_BENCH_REQUEST_H_

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "detloss/v1/losses.pb.h"
#include "tests/bench/tensors.h"

namespace detloss::bench {

// The message of the loss, as a field of `term`.
google::protobuf::Message& MutableLoss(const BenchCase& bench_case, v1::LossTerm& term);

// What `question` asks to send: "raw", the bytes of the prediction and then of the target; or the
// message of ComputeLoss, with the case in each of "terms" (default 1); or, when it has no loss,
// nothing.
grpc::ByteBuffer MakeRequest(const nlohmann::json& question);

}  // namespace detloss::bench

#endif  // DETLOSS_TESTS_BENCH_REQUEST_H_
