// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#ifndef DETLOSS_SERVER_DECODE_TENSOR_H_
#define DETLOSS_SERVER_DECODE_TENSOR_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/strings/string_view.h"
#include "detloss/tensor.h"
#include "detloss/v1/tensor.pb.h"
#include "detloss/violation.h"
#include "server/skeleton.h"

namespace detloss {

// Makes a view of a tensor, whose `data` is `payload`, and returns whether it is right so far.
// Numbers are converted to the data type into a buffer that is appended to `converted`. Violations
// are named under `path`. A tensor of more axes than the limit keeps its shape only, which the core
// refuses.
bool DecodeTensor(const v1::Tensor& tensor, const Payload& payload, absl::string_view path,
                  int64_t rank_max, TensorView& view,
                  std::vector<std::unique_ptr<std::byte[]>>& converted,
                  std::vector<Violation>& violations);

}  // namespace detloss

#endif  // DETLOSS_SERVER_DECODE_TENSOR_H_
