// Copyright 2026 The detloss Authors
// SPDX-License-Identifier: Apache-2.0

// Reads parts of tensors as arrays of one type: in place where type and fragments allow.

#ifndef DETLOSS_CORE_LOAD_H_
#define DETLOSS_CORE_LOAD_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/kernels/kernels.h"
#include "detloss/convert.h"
#include "detloss/tensor.h"

namespace detloss {

template <class T>
constexpr DataType TypeOf() {
  return sizeof(T) == 4 ? DataType::kFloat32 : DataType::kFloat64;
}

// Makes room for `size` elements at least; what is there stays.
template <class U>
U* Grow(std::vector<U>& buffer, size_t size) {
  if (buffer.size() < size) buffer.resize(size);
  return buffer.data();
}

// The bytes of the elements [first, first + count): in place, or gathered in `gathered`.
inline const std::byte* ReadElements(const TensorView& tensor, int64_t first, size_t count,
                                     std::vector<std::byte>& gathered) {
  const size_t offset = static_cast<size_t>(first) * SizeOf(tensor.data_type);
  const size_t size = count * SizeOf(tensor.data_type);
  if (const std::byte* there = tensor.bytes.Find(offset, size)) return there;
  return tensor.bytes.Read(offset, size, Grow(gathered, size));
}

// `count` elements as they are stored, as T.
template <class T>
const T* Converted(DataType type, const std::byte* from, size_t count, std::vector<T>& buffer) {
  T* const to = Grow(buffer, count);
  ConvertTo(type, from, count, to);
  return to;
}

// The elements [first, first + count) as T: in place where they are T and in one piece.
template <class T>
const Unaligned<T>* Load(const TensorView& tensor, int64_t first, size_t count,
                         std::vector<T>& buffer, std::vector<std::byte>& gathered) {
  if (tensor.data_type != TypeOf<T>()) {
    const std::byte* from = ReadElements(tensor, first, count, gathered);
    return AsUnaligned(Converted(tensor.data_type, from, count, buffer));
  }
  const size_t offset = static_cast<size_t>(first) * sizeof(T), size = count * sizeof(T);
  if (const std::byte* there = tensor.bytes.Find(offset, size)) return AsUnaligned<T>(there);
  T* const to = Grow(buffer, count);
  tensor.bytes.Read(offset, size, reinterpret_cast<std::byte*>(to));
  return AsUnaligned(to);
}

// The integers [first, first + count).
inline int64_t* LoadIntegers(const TensorView& tensor, int64_t first, int64_t count,
                             std::vector<int64_t>& buffer, std::vector<std::byte>& gathered) {
  const auto length = static_cast<size_t>(count);
  int64_t* to = Grow(buffer, length);
  ReadIntegers(tensor.data_type, ReadElements(tensor, first, length, gathered), length, to);
  return to;
}

}  // namespace detloss

#endif  // DETLOSS_CORE_LOAD_H_
