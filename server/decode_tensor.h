// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_DECODE_TENSOR_H_
#define DETLOSS_SERVER_DECODE_TENSOR_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "detloss/tensor.h"
#include "detloss/v1/tensor.pb.h"
#include "detloss/violation.h"

namespace detloss {

// A view of a tensor. Numbers are converted to the data type into a buffer that is appended to
// `converted`. Violations are named under `path`.
TensorView DecodeTensor(const v1::Tensor& tensor, const std::string& path,
                        std::vector<std::unique_ptr<std::byte[]>>& converted,
                        std::vector<Violation>& violations);

}  // namespace detloss

#endif  // DETLOSS_SERVER_DECODE_TENSOR_H_
