// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Arbitrary bytes as a .npy file: what is read is read again from what is written of it.

#include <cstdlib>
#include <string>

#include "client/cli/npy.h"

namespace detloss::cli {
namespace {

v1::Tensor TensorOf(const NpyArray& array) {
  v1::Tensor tensor;
  tensor.set_data_type(array.data_type);
  tensor.mutable_shape()->Assign(array.shape.begin(), array.shape.end());
  tensor.set_data(*array.data);
  return tensor;
}

void ReadAndWrite(const std::string& bytes) {
  const absl::StatusOr<NpyArray> array = ParseNpy(bytes);
  if (!array.ok()) {
    if (array.status().message().empty()) std::abort();
    return;
  }
  const absl::StatusOr<std::string> written = FormatNpy(TensorOf(*array));
  if (!written.ok()) std::abort();
  const absl::StatusOr<NpyArray> again = ParseNpy(*written);
  if (!again.ok() || again->data_type != array->data_type || again->shape != array->shape ||
      *again->data != *array->data) {
    std::abort();
  }
}

}  // namespace
}  // namespace detloss::cli

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  detloss::cli::ReadAndWrite(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
