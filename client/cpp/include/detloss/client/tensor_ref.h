// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Tensors as the client takes and returns them.

#ifndef DETLOSS_CLIENT_TENSOR_REF_H_
#define DETLOSS_CLIENT_TENSOR_REF_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "detloss/v1/tensor.pb.h"

namespace detloss::client {

// The `v1::DataType` of a C++ type.
template <typename T>
inline constexpr v1::DataType kDataTypeOf = v1::DATA_TYPE_UNSPECIFIED;
template <>
inline constexpr v1::DataType kDataTypeOf<float> = v1::DATA_TYPE_FLOAT32;
template <>
inline constexpr v1::DataType kDataTypeOf<double> = v1::DATA_TYPE_FLOAT64;
template <>
inline constexpr v1::DataType kDataTypeOf<int32_t> = v1::DATA_TYPE_INT32;
template <>
inline constexpr v1::DataType kDataTypeOf<int64_t> = v1::DATA_TYPE_INT64;
template <>
inline constexpr v1::DataType kDataTypeOf<uint8_t> = v1::DATA_TYPE_UINT8;

// A dense, row-major array that the caller owns. Must not outlive it.
struct TensorRef {
  v1::DataType data_type = v1::DATA_TYPE_UNSPECIFIED;
  std::vector<int64_t> shape = {};
  // product(shape) elements, little-endian.
  absl::Span<const std::byte> data = {};
  // Keeps `data` alive and unchanged as long as the transport, which may outlast a failed call,
  // refers to it. With an owner the elements are sent from where they are; without, from a copy.
  std::shared_ptr<const void> owner = {};
};

// The array `values` of the given shape.
template <typename T>
TensorRef MakeTensorRef(absl::Span<const T> values, std::vector<int64_t> shape) {
  static_assert(kDataTypeOf<T> != v1::DATA_TYPE_UNSPECIFIED, "use TensorRef for raw bytes");
  const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
  return {kDataTypeOf<T>, std::move(shape), {bytes, values.size() * sizeof(T)}};
}
template <typename T>
TensorRef MakeTensorRef(const std::vector<T>& values, std::vector<int64_t> shape) {
  return MakeTensorRef(absl::Span<const T>(values), std::move(shape));
}

// The same, sent without a copy.
template <typename T>
TensorRef MakeTensorRef(std::shared_ptr<const std::vector<T>> values, std::vector<int64_t> shape) {
  TensorRef ref = MakeTensorRef(*values, std::move(shape));
  ref.owner = std::move(values);
  return ref;
}

// Copies `ref` into `tensor`.
void FillTensor(const TensorRef& ref, v1::Tensor& tensor);

// Bytes of one element; 0 for an unknown type.
size_t SizeOf(v1::DataType type);

// The elements of `tensor`, widened. INVALID_ARGUMENT when its contents do not fit its shape and
// type.
absl::StatusOr<std::vector<double>> ToDoubles(const v1::Tensor& tensor);

}  // namespace detloss::client

#endif  // DETLOSS_CLIENT_TENSOR_REF_H_
