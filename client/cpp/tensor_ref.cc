// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

#include "detloss/client/tensor_ref.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "absl/status/status.h"

namespace detloss::client {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors are little-endian");

// IEEE 754 binary16.
struct Half {
  uint16_t bits;
  explicit operator double() const {
    const int exponent = (bits >> 10) & 31;
    const int fraction = bits & 1023;
    const double sign = (bits & 0x8000) != 0 ? -1 : 1;
    if (exponent == 31) {
      return fraction != 0 ? std::numeric_limits<double>::quiet_NaN()
                           : sign * std::numeric_limits<double>::infinity();
    }
    if (exponent == 0) return sign * std::ldexp(fraction, -24);
    return sign * std::ldexp(1024 + fraction, exponent - 25);
  }
};

// The upper half of a binary32.
struct Bfloat16 {
  uint16_t bits;
  explicit operator double() const {
    return static_cast<double>(std::bit_cast<float>(uint32_t{bits} << 16));
  }
};

template <typename T>
std::vector<double> Widen(const std::string& data) {
  std::vector<double> values(data.size() / sizeof(T));
  for (size_t i = 0; i < values.size(); ++i) {
    T value;
    std::memcpy(&value, data.data() + i * sizeof(T), sizeof(T));
    values[i] = static_cast<double>(value);
  }
  return values;
}

std::vector<double> Widen(const std::string& data, v1::DataType type) {
  switch (type) {
    case v1::DATA_TYPE_FLOAT32:
      return Widen<float>(data);
    case v1::DATA_TYPE_FLOAT64:
      return Widen<double>(data);
    case v1::DATA_TYPE_FLOAT16:
      return Widen<Half>(data);
    case v1::DATA_TYPE_BFLOAT16:
      return Widen<Bfloat16>(data);
    case v1::DATA_TYPE_INT32:
      return Widen<int32_t>(data);
    case v1::DATA_TYPE_INT64:
      return Widen<int64_t>(data);
    default:
      return Widen<uint8_t>(data);
  }
}

// Elements of `shape`; -1 when they cannot be counted.
int64_t ElementCount(const v1::Tensor& tensor) {
  int64_t count = 1;
  for (const int64_t length : tensor.shape()) {
    if (length < 0 || __builtin_mul_overflow(count, length, &count)) return -1;
  }
  return count;
}

}  // namespace

void FillTensor(const TensorRef& ref, v1::Tensor& tensor) {
  tensor.set_data_type(ref.data_type);
  tensor.mutable_shape()->Assign(ref.shape.begin(), ref.shape.end());
  tensor.set_data(ref.data.data(), ref.data.size());
}

size_t SizeOf(v1::DataType type) {
  switch (type) {
    case v1::DATA_TYPE_FLOAT64:
    case v1::DATA_TYPE_INT64:
      return 8;
    case v1::DATA_TYPE_FLOAT32:
    case v1::DATA_TYPE_INT32:
      return 4;
    case v1::DATA_TYPE_FLOAT16:
    case v1::DATA_TYPE_BFLOAT16:
      return 2;
    case v1::DATA_TYPE_UINT8:
      return 1;
    default:
      return 0;
  }
}

absl::StatusOr<std::vector<double>> ToDoubles(const v1::Tensor& tensor) {
  const size_t size = SizeOf(tensor.data_type());
  if (size == 0) return absl::InvalidArgumentError("the tensor has no data type");
  std::vector<double> values =
      tensor.has_values()
          ? std::vector<double>(tensor.values().values().begin(), tensor.values().values().end())
          : Widen(tensor.data(), tensor.data_type());
  if (std::cmp_not_equal(values.size(), ElementCount(tensor))) {
    return absl::InvalidArgumentError("the contents of the tensor do not fit its shape");
  }
  return values;
}

}  // namespace detloss::client
