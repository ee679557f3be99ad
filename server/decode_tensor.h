// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_DECODE_TENSOR_H_
#define DETLOSS_SERVER_DECODE_TENSOR_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/cancellation.h"
#include "detloss/tensor.h"
#include "detloss/v1/tensor.pb.h"
#include "detloss/violation.h"
#include "server/skeleton.h"

namespace detloss {

// Makes a view of a tensor, whose `data` is `payload`, and returns whether it is right so far.
// Numbers are converted to the data type into a buffer that is appended to `converted`; they are
// any when the request is cancelled meanwhile. Violations are named under `path`. `axes` came in
// the request: as many as the shape has, or more where it was cut.
bool DecodeTensor(const v1::Tensor& tensor, const Payload& payload, int64_t axes,
                  absl::string_view path, int64_t rank_max, TensorView& view,
                  const Cancellation& cancellation,
                  std::vector<std::unique_ptr<std::byte[]>>& converted,
                  std::vector<Violation>& violations);

}  // namespace detloss

#endif  // DETLOSS_SERVER_DECODE_TENSOR_H_
