// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Arrays in NumPy's .npy format.

#ifndef DETLOSS_CLI_NPY_H_
#define DETLOSS_CLI_NPY_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "detloss/client/tensor_ref.h"
#include "detloss/v1/tensor.pb.h"

namespace detloss::cli {

// A dense, row-major array.
struct NpyArray {
  v1::DataType data_type = v1::DATA_TYPE_UNSPECIFIED;
  std::vector<int64_t> shape;
  // Little-endian.
  std::shared_ptr<const std::string> data;

  // Shares `data`, which is sent without a copy.
  client::TensorRef ref() const;
};

// Decodes the bytes of a file of version 1, 2 or 3: f2, f4, f8, i4, i8, u1 or bool (as UINT8),
// little-endian, in C order. INVALID_ARGUMENT otherwise.
absl::StatusOr<NpyArray> ParseNpy(std::string bytes);

// Reads the file at `path`. The error of the system, or INVALID_ARGUMENT as `ParseNpy`, naming the
// path.
absl::StatusOr<NpyArray> ReadNpy(const std::string& path);

// The bytes of a file of version 1 with the elements of `tensor`, which has `data`. BFLOAT16, which
// NumPy does not have, is INVALID_ARGUMENT.
absl::StatusOr<std::string> FormatNpy(const v1::Tensor& tensor);

// Writes `tensor` to `path`. The error of the system when the file cannot be written.
absl::Status WriteNpy(const std::string& path, const v1::Tensor& tensor);

}  // namespace detloss::cli

#endif  // DETLOSS_CLI_NPY_H_
