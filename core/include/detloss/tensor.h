// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Tensors as the core sees them: views of bytes that belong to the caller. The bytes may lie in
// several fragments (as a network hands them over) and at any address.

#ifndef DETLOSS_TENSOR_H_
#define DETLOSS_TENSOR_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace detloss {

// The type of a tensor's elements. The numbers are those of the wire.
enum class DataType : uint8_t {
  kFloat32 = 1,
  kFloat64 = 2,
  kFloat16 = 3,
  kBfloat16 = 4,
  kInt32 = 5,
  kInt64 = 6,
  kUint8 = 7,
};

// Bytes of one element.
size_t SizeOf(DataType type);

// "FLOAT32", "UINT8", ...
absl::string_view Name(DataType type);

bool IsFloatingPoint(DataType type);

// The length of each axis, outermost first; empty for a scalar.
using Shape = absl::InlinedVector<int64_t, 4>;

// "[2, 80]"
std::string ToString(absl::Span<const int64_t> shape);

// The product of the lengths, or nothing if a length is negative or the product does not fit.
std::optional<int64_t> ElementCount(absl::Span<const int64_t> shape);

// A read-only sequence of bytes that lies in one or more fragments. Does not own them; they must
// stay alive and unchanged while the view is in use.
class Bytes {
 public:
  using Fragment = absl::Span<const std::byte>;

  Bytes() = default;
  Bytes(const void* data, size_t size);
  explicit Bytes(Fragment fragment);
  explicit Bytes(absl::Span<const Fragment> fragments);

  size_t size() const { return ends_.empty() ? 0 : ends_.back(); }

  // The address of bytes [offset, offset + size) if they lie in one fragment, else null.
  //
  // REQUIRES: offset + size <= size().
  const std::byte* Find(size_t offset, size_t size) const;

  // The same, or else the bytes are copied to `scratch`, which must hold `size` bytes.
  const std::byte* Read(size_t offset, size_t size, std::byte* scratch) const;

 private:
  // The index of the fragment that holds byte `offset`. REQUIRES: offset < size().
  size_t FragmentAt(size_t offset) const;

  absl::InlinedVector<Fragment, 2> fragments_;  // none is empty
  absl::InlinedVector<size_t, 2> ends_;         // offset after each fragment
};

// A dense, row-major, little-endian tensor in somebody else's memory.
struct TensorView {
  DataType data_type = DataType::kFloat32;
  Shape shape;
  Bytes bytes;  // ElementCount(shape) * SizeOf(data_type) of them

  // A view of a contiguous array of `ElementCount(shape)` elements.
  static TensorView Of(DataType type, Shape shape, const void* data);
};

}  // namespace detloss

#endif  // DETLOSS_TENSOR_H_
