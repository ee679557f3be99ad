// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Requests as tests send them.

#ifndef DETLOSS_TESTS_SERVER_REQUESTS_H_
#define DETLOSS_TESTS_SERVER_REQUESTS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "detloss/v1/loss_service.pb.h"

namespace detloss {

// A tensor of hand-written values.
v1::Tensor Values(v1::DataType type, const std::vector<int64_t>& shape,
                  const std::vector<double>& values);

// The same as little-endian FLOAT32 bytes.
v1::Tensor Floats(const std::vector<int64_t>& shape, const std::vector<float>& values);

// The values of a tensor of FLOAT32 or FLOAT64 bytes.
std::vector<double> ValuesOf(const v1::Tensor& tensor);

// GIoU of [[0, 0, 2, 2]] and [[1, 1, 3, 3]]: 1 - 1/7 + 2/9.
v1::ComputeLossRequest GiouRequest();
inline constexpr double kGiouLoss = 1 - 1. / 7 + 2. / 9;

// Focal loss of `rows` logits of 0 with background targets.
v1::ComputeLossRequest FocalRequest(int64_t rows);

}  // namespace detloss

#endif  // DETLOSS_TESTS_SERVER_REQUESTS_H_
